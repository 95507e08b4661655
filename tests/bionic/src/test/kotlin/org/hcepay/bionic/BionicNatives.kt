package org.hcepay.bionic

import org.hcepay.Amount
import org.hcepay.internal.Natives
import org.hcepay.internal.Now
import org.hcepay.internal.scope

/** The natives of the process that runs, which may end and be followed by another. */
class BionicNatives(var process: AndroidProcess) : Natives {
    override fun create(directory: ByteArray, storeKey: ByteArray, issuerKey: ByteArray, now: Now) =
        process.call("create", directory, storeKey, issuerKey, now.bootCount, now.bootMs, now.wallMs)

    override fun open(directory: ByteArray, storeKey: ByteArray, mark: Long, now: Now) =
        process.call("open", directory, storeKey, mark, now.bootCount, now.bootMs, now.wallMs)

    override fun close(wallet: Long) {
        process.call("close", wallet)
    }

    override fun mark(wallet: Long) = process.call("mark", wallet)

    override fun markStored(wallet: Long, mark: Long) = process.call("markStored", wallet, mark)

    override fun makeReady(wallet: Long, now: Now) = process.call("makeReady", wallet, now.bootCount, now.bootMs, now.wallMs)

    override fun requestBegin(wallet: Long, kind: Int, argument: ByteArray, now: Now) =
        process.call("requestBegin", wallet, kind, 0, argument, now.wallMs)

    override fun requestFinish(wallet: Long, token: Long, signature: ByteArray) = process.call("requestFinish", wallet, token, signature)

    override fun applyBegin(wallet: Long, envelope: ByteArray, now: Now) =
        process.call("applyBegin", wallet, envelope, now.bootCount, now.bootMs, now.wallMs)

    override fun applyFinish(wallet: Long, token: Long, shared: ByteArray, now: Now) =
        process.call("applyFinish", wallet, token, shared, now.bootCount, now.bootMs, now.wallMs)

    override fun newSpendKey() = process.call("newSpendKey")

    override fun deviceKeysMade(wallet: Long, points: ByteArray) = process.call("deviceKeysMade", wallet, points)

    override fun spendKeyMade(wallet: Long, protection: Int, point: ByteArray) = process.call("spendKeyMade", wallet, protection, point)

    override fun arm(wallet: Long, card: Int, amount: Amount?, spendKey: ByteArray, now: Now) =
        process.call("arm", wallet, scope(card, amount), 1, 30_000L, spendKey, now.bootCount, now.bootMs, now.wallMs)

    override fun passGates(wallet: Long, card: Int, now: Now) =
        process.call("passGates", wallet, card, 1, now.bootCount, now.bootMs, now.wallMs)

    override fun freeze(wallet: Long, card: Int, now: Now) = process.call("freeze", wallet, card, now.bootCount, now.bootMs, now.wallMs)

    override fun unfreeze(wallet: Long, card: Int, now: Now) =
        process.call("unfreeze", wallet, card, now.bootCount, now.bootMs, now.wallMs)

    override fun limitUse(wallet: Long, card: Int, limits: ByteArray, now: Now) =
        process.call("limitUse", wallet, card, limits, now.bootCount, now.bootMs, now.wallMs)

    override fun process(wallet: Long, now: Now, command: ByteArray) =
        process.call("process", wallet, now.bootCount, now.bootMs, now.wallMs, command)

    override fun deactivated(wallet: Long, now: Now) = process.call("deactivated", wallet, now.bootCount, now.bootMs, now.wallMs)
}
