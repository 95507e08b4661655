package org.hcepay.demo.desk

/**
 * The natives of `libhcepay_desk.so`, in the order of `demo-app/desk/src/natives.rs`, which says what each takes and gives. They take
 * and give bytes and numbers, and throw nothing. Null is given only where Java has no memory left.
 *
 * This class refers to no other one of the app or of Android, so that a class loader of its own can load it in tests.
 */
internal object DeskNative {
    init {
        System.loadLibrary("hcepay_desk")
    }

    @JvmStatic external fun open(directory: ByteArray): ByteArray?

    @JvmStatic external fun close(desk: Long): ByteArray?

    @JvmStatic external fun discard(directory: ByteArray): ByteArray?

    @JvmStatic external fun issuerKey(desk: Long): ByteArray?

    @JvmStatic external fun challenge(desk: Long): ByteArray?

    @JvmStatic external fun answer(desk: Long, wallMs: Long, request: ByteArray): ByteArray?

    @JvmStatic external fun refuseNext(desk: Long, refuses: Int): ByteArray?

    @JvmStatic external fun refusesNext(desk: Long): ByteArray?

    @JvmStatic external fun offers(): ByteArray?

    @JvmStatic external fun install(desk: Long, wallMs: Long, name: ByteArray, keys: Int, codes: Int, protection: Int): ByteArray?

    @JvmStatic external fun moveCard(desk: Long, act: Int, card: Int): ByteArray?

    @JvmStatic external fun sendKeys(desk: Long, wallMs: Long, card: Int, channel: Int, uses: Int): ByteArray?

    @JvmStatic external fun notice(
        desk: Long,
        wallMs: Long,
        card: Int,
        aid: ByteArray,
        channel: Int,
        counter: Int,
        event: ByteArray,
        amountMinor: Long,
        currency: Int,
    ): ByteArray?

    @JvmStatic external fun tellBalance(desk: Long, wallMs: Long, card: Int): ByteArray?

    @JvmStatic external fun transfer(desk: Long, wallMs: Long, request: ByteArray): ByteArray?

    @JvmStatic external fun sendCoupon(
        desk: Long,
        wallMs: Long,
        title: ByteArray,
        conditions: ByteArray,
        worth: Long,
        currency: Int,
        inMs: Long,
        forMs: Long,
        uses: Int,
        isStrange: Int,
    ): ByteArray?

    @JvmStatic external fun cards(desk: Long): ByteArray?

    @JvmStatic external fun clock(desk: Long, wallMs: Long): ByteArray?

    @JvmStatic external fun setClock(desk: Long, wallMs: Long, toMs: Long): ByteArray?

    /** [channel] is a [Channel]: its method `send` is looked up by its name. */
    @JvmStatic external fun purchase(
        desk: Long,
        wallMs: Long,
        amountMinor: Long,
        currency: Int,
        readers: Int,
        verificationAbove: Long,
        tearAfter: Int,
        whole: Int,
        channel: Any,
    ): ByteArray?

    @JvmStatic external fun order(amountMinor: Long, currency: Int): ByteArray?

    @JvmStatic external fun judgeOnline(
        desk: Long,
        wallMs: Long,
        token: ByteArray,
        order: ByteArray,
        signature: ByteArray,
        chipData: ByteArray,
    ): ByteArray?

    @JvmStatic external fun judgeCode(desk: Long, wallMs: Long, text: ByteArray, amountMinor: Long, currency: Int): ByteArray?

    @JvmStatic external fun decode(watched: ByteArray): ByteArray?
}
