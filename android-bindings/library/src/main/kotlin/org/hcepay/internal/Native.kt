package org.hcepay.internal

/**
 * The natives of `libhcepay.so`, in the order of `android-bindings/jni/src/natives.rs`, which says what each takes and gives.
 * They take and give bytes and numbers only, and throw nothing. Null is given only where Java has no memory left.
 *
 * This class refers to nothing of Android, so that a desktop JVM can load it.
 */
internal object Native {
    init {
        System.loadLibrary("hcepay")
    }

    @JvmStatic external fun start(): ByteArray?

    @JvmStatic external fun process(wallet: Long, bootCount: Int, bootMs: Long, wallMs: Long, command: ByteArray?): ByteArray?

    @JvmStatic external fun gaveCryptogram(wallet: Long): ByteArray?

    @JvmStatic external fun deactivated(wallet: Long, bootCount: Int, bootMs: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun reports(wallet: Long): ByteArray?

    @JvmStatic external fun acknowledge(wallet: Long, report: Long): ByteArray?

    @JvmStatic external fun trace(wallet: Long): ByteArray?

    @JvmStatic external fun journal(wallet: Long, before: Long, limit: Int): ByteArray?

    @JvmStatic external fun journalAsJsonLines(wallet: Long): ByteArray?

    @JvmStatic external fun deleteRow(wallet: Long, row: Long): ByteArray?

    @JvmStatic external fun alerts(wallet: Long): ByteArray?

    @JvmStatic external fun acknowledgeAlert(wallet: Long, alert: Long): ByteArray?

    @JvmStatic external fun create(
        directory: ByteArray,
        storeKey: ByteArray,
        issuerKey: ByteArray,
        bootCount: Int,
        bootMs: Long,
        wallMs: Long,
    ): ByteArray?

    @JvmStatic external fun open(
        directory: ByteArray,
        storeKey: ByteArray,
        storedMark: Long,
        bootCount: Int,
        bootMs: Long,
        wallMs: Long,
    ): ByteArray?

    @JvmStatic external fun close(wallet: Long): ByteArray?

    @JvmStatic external fun mark(wallet: Long): ByteArray?

    @JvmStatic external fun markStored(wallet: Long, mark: Long): ByteArray?

    @JvmStatic external fun makeReady(wallet: Long, bootCount: Int, bootMs: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun snapshot(wallet: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun nextRequest(wallet: Long, bootCount: Int, bootMs: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun arm(
        wallet: Long,
        scope: ByteArray,
        method: Int,
        windowMs: Long,
        spendKey: ByteArray?,
        bootCount: Int,
        bootMs: Long,
        wallMs: Long,
    ): ByteArray?

    @JvmStatic external fun disarm(wallet: Long): ByteArray?

    @JvmStatic external fun expire(wallet: Long, bootCount: Int, bootMs: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun unlocked(wallet: Long, spendKey: ByteArray, bootCount: Int, bootMs: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun locked(wallet: Long): ByteArray?

    @JvmStatic external fun newSpendKey(): ByteArray?

    @JvmStatic external fun deviceKeysMade(wallet: Long, points: ByteArray): ByteArray?

    @JvmStatic external fun spendKeyMade(wallet: Long, protection: Int, point: ByteArray): ByteArray?

    @JvmStatic external fun choose(wallet: Long, card: Int, bootCount: Int, bootMs: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun chooseOnce(wallet: Long, card: Int, forMs: Long, bootCount: Int, bootMs: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun chosenOnce(wallet: Long, bootCount: Int, bootMs: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun freeze(wallet: Long, card: Int, bootCount: Int, bootMs: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun unfreeze(wallet: Long, card: Int, bootCount: Int, bootMs: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun passGates(wallet: Long, card: Int, passes: Int, bootCount: Int, bootMs: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun limitLowValue(
        wallet: Long,
        card: Int,
        allowances: ByteArray?,
        bootCount: Int,
        bootMs: Long,
        wallMs: Long,
    ): ByteArray?

    @JvmStatic external fun limitUse(wallet: Long, card: Int, limits: ByteArray?, bootCount: Int, bootMs: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun delete(wallet: Long, card: Int): ByteArray?

    @JvmStatic external fun orderOf(
        minor: Long,
        currency: Int,
        merchantId: ByteArray,
        merchantName: ByteArray,
        nonce: ByteArray,
        country: Int,
        category: Int,
    ): ByteArray?

    @JvmStatic external fun readOrder(bytes: ByteArray): ByteArray?

    @JvmStatic external fun readCode(text: ByteArray): ByteArray?

    @JvmStatic external fun orderOfCode(wallet: Long, text: ByteArray, typed: Long, tip: Long): ByteArray?

    @JvmStatic external fun payOnlineBegin(
        wallet: Long,
        card: Int,
        order: ByteArray,
        bootCount: Int,
        bootMs: Long,
        wallMs: Long,
    ): ByteArray?

    @JvmStatic external fun payOnlineFinish(
        wallet: Long,
        token: Long,
        signature: ByteArray,
        bootCount: Int,
        bootMs: Long,
        wallMs: Long,
    ): ByteArray?

    @JvmStatic external fun showCode(wallet: Long, card: Int, bootCount: Int, bootMs: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun balance(wallet: Long, card: Int, wallMs: Long): ByteArray?

    @JvmStatic external fun transferOf(
        minor: Long,
        currency: Int,
        payee: ByteArray,
        payeeName: ByteArray,
        note: ByteArray,
    ): ByteArray?

    @JvmStatic external fun transferBegin(
        wallet: Long,
        card: Int,
        transfer: ByteArray,
        bootCount: Int,
        bootMs: Long,
        wallMs: Long,
    ): ByteArray?

    @JvmStatic external fun transferFinish(
        wallet: Long,
        token: Long,
        signature: ByteArray,
        bootCount: Int,
        bootMs: Long,
        wallMs: Long,
    ): ByteArray?

    @JvmStatic external fun transferRequest(wallet: Long, number: Long): ByteArray?

    @JvmStatic external fun transfers(wallet: Long, before: Long, limit: Int): ByteArray?

    @JvmStatic external fun deleteTransfer(wallet: Long, number: Long): ByteArray?

    @JvmStatic external fun coupons(wallet: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun presentCoupon(
        wallet: Long,
        coupon: ByteArray,
        forMs: Long,
        bootCount: Int,
        bootMs: Long,
        wallMs: Long,
    ): ByteArray?

    @JvmStatic external fun couponToPresent(wallet: Long, bootCount: Int, bootMs: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun removeCoupon(wallet: Long, coupon: ByteArray): ByteArray?

    @JvmStatic external fun requestBegin(wallet: Long, kind: Int, card: Int, argument: ByteArray, wallMs: Long): ByteArray?

    @JvmStatic external fun requestFinish(wallet: Long, token: Long, signature: ByteArray): ByteArray?

    @JvmStatic external fun applyBegin(wallet: Long, envelope: ByteArray, bootCount: Int, bootMs: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun applyFinish(
        wallet: Long,
        token: Long,
        shared: ByteArray,
        bootCount: Int,
        bootMs: Long,
        wallMs: Long,
    ): ByteArray?
}
