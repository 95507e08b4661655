"""Random transactions and what pyemv, an issuer of other people, makes of them: JSON lines on standard output.

Usage: python transactions.py SEED COUNT. COUNT transactions for each cryptogram version that pyemv knows and we have.
Every line has all inputs, so that a difference can be looked into without this program.
"""

import json
import random
import sys
import warnings

# Triple DES is what this is about: the cryptography package's advice against it would fill the terminal.
warnings.filterwarnings("ignore", module="pyemv")

from pyemv import cvn  # noqa: E402

# pyemv's class, kernel, cryptogram version as the issuer application data carry it, derivation of the card master key.
VERSIONS = [
    (cvn.VisaCVN10, 3, 0x0A, "A"),
    (cvn.VisaCVN18, 3, 0x12, "B"),
    (cvn.MasterCardCVN16, 2, 0x10, "A"),
    (cvn.MasterCardCVN17, 2, 0x11, "A"),
    (cvn.MasterCardCVN20, 2, 0x14, "A"),
    (cvn.MasterCardCVN21, 2, 0x15, "A"),
]

TERMINAL_OBJECTS = {"9F02": 6, "9F03": 6, "9F1A": 2, "95": 5, "5F2A": 2, "9A": 3, "9C": 1, "9F37": 4}


def issuer_application_data(rng, kernel, number):
    """The whole value of 9F10, the card verification results in it, and kernel 2's counters."""
    if kernel == 2:
        # Key index, version, verification results, data authentication code, counters.
        results, counters = rng.randbytes(6), rng.randbytes(8)
        return rng.randbytes(1) + bytes([number]) + results + rng.randbytes(2) + counters, results, counters
    results = b"\x03" + rng.randbytes(3)
    discretionary = rng.randbytes(rng.randint(0, 24))
    if discretionary:
        discretionary = bytes([len(discretionary)]) + discretionary
    return b"\x06" + rng.randbytes(1) + bytes([number]) + results + discretionary, results, b""


def transaction(rng, version, kernel, number, derivation):
    master_key = rng.randbytes(16)
    pan = "".join(rng.choice("0123456789") for _ in range(rng.randint(13, 19)))
    psn = rng.choice([None, f"{rng.randint(0, 99):02}"])
    issuer = version(master_key, master_key, master_key, pan, psn)
    objects = {tag: rng.randbytes(length) for tag, length in TERMINAL_OBJECTS.items()}
    for amount in ("9F02", "9F03"):
        objects[amount] = bytes.fromhex(f"{rng.randint(0, 10**12 - 1):012}")
    objects["82"] = rng.randbytes(2)
    # 0000 and FFFF never occur.
    objects["9F36"] = rng.randint(1, 0xFFFE).to_bytes(2, "big")
    objects["9F10"], results, counters = issuer_application_data(rng, kernel, number)

    arguments = {f"tag_{tag.lower()}": value for tag, value in objects.items()}
    if number != 0x12:
        del arguments["tag_9f10"]
        arguments["cvr"] = results
    if number in (0x11, 0x15):
        arguments["counters"] = counters
    cryptogram = issuer.generate_ac(**arguments)
    if kernel == 3 and number == 0x0A:
        session_key = issuer._derive_sk_ac_none()
    elif number in (0x10, 0x11):
        session_key = issuer._derive_sk_ac_mastercard(objects["9F36"], objects["9F37"])
    else:
        session_key = issuer._derive_sk_ac_common(objects["9F36"])
    return {
        "kernel": str(kernel),
        "cvn": number,
        "issuer_master_key": master_key.hex(),
        "derivation": derivation,
        "pan": pan,
        "psn": psn,
        **{tag: value.hex() for tag, value in objects.items()},
        "card_master_key": issuer.icc_mk_ac.hex(),
        "session_key": session_key.hex(),
        "cryptogram": cryptogram.hex(),
    }


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    for version in VERSIONS:
        for _ in range(count):
            print(json.dumps(transaction(rng, *version)))


main()
