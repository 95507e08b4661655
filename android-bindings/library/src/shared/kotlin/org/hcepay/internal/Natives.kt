package org.hcepay.internal

import org.hcepay.Amount
import java.nio.ByteBuffer

/** The natives that a wallet's life needs, wherever they run: in this JVM, or in an emulated Android process. */
interface Natives {
    fun create(directory: ByteArray, storeKey: ByteArray, issuerKey: ByteArray, now: Now): ByteArray

    fun open(directory: ByteArray, storeKey: ByteArray, mark: Long, now: Now): ByteArray

    fun close(wallet: Long)

    fun mark(wallet: Long): ByteArray

    fun markStored(wallet: Long, mark: Long): ByteArray

    fun makeReady(wallet: Long, now: Now): ByteArray

    fun requestBegin(wallet: Long, kind: Int, argument: ByteArray, now: Now): ByteArray

    fun requestFinish(wallet: Long, token: Long, signature: ByteArray): ByteArray

    fun applyBegin(wallet: Long, envelope: ByteArray, now: Now): ByteArray

    fun applyFinish(wallet: Long, token: Long, shared: ByteArray, now: Now): ByteArray

    fun newSpendKey(): ByteArray

    fun deviceKeysMade(wallet: Long, points: ByteArray): ByteArray

    fun spendKeyMade(wallet: Long, protection: Int, point: ByteArray): ByteArray

    /** For one payment with a card; without an amount for any. */
    fun arm(wallet: Long, card: Int, amount: Amount?, spendKey: ByteArray, now: Now): ByteArray

    fun passGates(wallet: Long, card: Int, now: Now): ByteArray

    fun freeze(wallet: Long, card: Int, now: Now): ByteArray

    fun unfreeze(wallet: Long, card: Int, now: Now): ByteArray

    fun limitUse(wallet: Long, card: Int, limits: ByteArray, now: Now): ByteArray

    fun process(wallet: Long, now: Now, command: ByteArray): ByteArray

    fun deactivated(wallet: Long, now: Now): ByteArray
}

/** What the holder verifies for, as `scope.rs` reads it. */
fun scope(card: Int, amount: Amount?): ByteArray {
    if (amount == null) return byteArrayOf(0)
    return ByteBuffer.allocate(15).put(2).putInt(card).putLong(amount.minor).putShort(amount.currency.toShort()).array()
}

/** The phone's clocks. */
data class Now(val bootCount: Int, val bootMs: Long, val wallMs: Long)

/** Those of this JVM. */
object JvmNatives : Natives {
    override fun create(directory: ByteArray, storeKey: ByteArray, issuerKey: ByteArray, now: Now) =
        Native.create(directory, storeKey, issuerKey, now.bootCount, now.bootMs, now.wallMs)!!

    override fun open(directory: ByteArray, storeKey: ByteArray, mark: Long, now: Now) =
        Native.open(directory, storeKey, mark, now.bootCount, now.bootMs, now.wallMs)!!

    override fun close(wallet: Long) {
        Native.close(wallet)
    }

    override fun mark(wallet: Long) = Native.mark(wallet)!!

    override fun markStored(wallet: Long, mark: Long) = Native.markStored(wallet, mark)!!

    override fun makeReady(wallet: Long, now: Now) = Native.makeReady(wallet, now.bootCount, now.bootMs, now.wallMs)!!

    override fun requestBegin(wallet: Long, kind: Int, argument: ByteArray, now: Now) = Native.requestBegin(
        wallet,
        kind,
        0,
        argument,
        now.wallMs,
    )!!

    override fun requestFinish(wallet: Long, token: Long, signature: ByteArray) = Native.requestFinish(wallet, token, signature)!!

    override fun applyBegin(wallet: Long, envelope: ByteArray, now: Now) = Native.applyBegin(
        wallet,
        envelope,
        now.bootCount,
        now.bootMs,
        now.wallMs,
    )!!

    override fun applyFinish(wallet: Long, token: Long, shared: ByteArray, now: Now) =
        Native.applyFinish(wallet, token, shared, now.bootCount, now.bootMs, now.wallMs)!!

    override fun newSpendKey() = Native.newSpendKey()!!

    override fun deviceKeysMade(wallet: Long, points: ByteArray) = Native.deviceKeysMade(wallet, points)!!

    override fun spendKeyMade(wallet: Long, protection: Int, point: ByteArray) = Native.spendKeyMade(wallet, protection, point)!!

    override fun arm(wallet: Long, card: Int, amount: Amount?, spendKey: ByteArray, now: Now) = Native.arm(
        wallet,
        scope(card, amount),
        1,
        30_000,
        spendKey,
        now.bootCount,
        now.bootMs,
        now.wallMs,
    )!!

    override fun passGates(wallet: Long, card: Int, now: Now) =
        Native.passGates(wallet, card, 1, now.bootCount, now.bootMs, now.wallMs)!!

    override fun freeze(wallet: Long, card: Int, now: Now) = Native.freeze(wallet, card, now.bootCount, now.bootMs, now.wallMs)!!

    override fun unfreeze(wallet: Long, card: Int, now: Now) = Native.unfreeze(wallet, card, now.bootCount, now.bootMs, now.wallMs)!!

    override fun limitUse(wallet: Long, card: Int, limits: ByteArray, now: Now) =
        Native.limitUse(wallet, card, limits, now.bootCount, now.bootMs, now.wallMs)!!

    override fun process(wallet: Long, now: Now, command: ByteArray) = Native.process(
        wallet,
        now.bootCount,
        now.bootMs,
        now.wallMs,
        command,
    )!!

    override fun deactivated(wallet: Long, now: Now) = Native.deactivated(wallet, now.bootCount, now.bootMs, now.wallMs)!!
}
