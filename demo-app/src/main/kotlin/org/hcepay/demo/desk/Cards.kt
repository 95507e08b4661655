package org.hcepay.demo.desk

/** A demo card that can be installed. */
class DemoCard internal constructor(
    /** For programs: the same in every version. */
    val name: String,
    /** For people, in English. */
    val title: String,
    /** What is particular about it, in English. */
    val about: String,
    /** Of its token. */
    val lastFour: String,
    /** YYMM. */
    val expiry: String,
    /** Its holder verifies before every payment. */
    val alwaysVerifies: Boolean,
    val kernels: List<Int>,
)

/** A card on its way to the wallet. */
class Installed internal constructor(
    /** Its number, which `org.hcepay.Card.id` is, too. */
    val card: Int,
    /** What the bank sends the holder on another way, where the card waits for an identity check. */
    val code: String?,
    /** For the wallet. */
    val envelope: ByteArray,
)

/** A card of the wallet, as its issuer knows it. */
class CardAtIssuer internal constructor(
    /** Its number, which `org.hcepay.Card.id` is, too. */
    val card: Int,
    /** That of its [DemoCard]. */
    val name: String,
    val lastFour: String,
    /** YYMM. */
    val expiry: String,
    val state: StateAtIssuer,
    /** The code of an identity check that it waits for. */
    val code: String?,
    /** How many codes may still be tried. */
    val codesLeft: Int,
)

/** The order is that of the numbers in `wallets.rs`, from 1. */
enum class StateAtIssuer { WAITING, ACTIVE, SUSPENDED, DELETED, RETIRED }
