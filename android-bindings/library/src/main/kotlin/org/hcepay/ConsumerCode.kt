package org.hcepay

/**
 * A code for one payment, which a merchant reads off the screen (EMV QRCPS, Consumer-Presented Mode). Whoever has it can pay with it: it
 * belongs in no log, and on no screen that others record.
 *
 * @property text what the QR code says, at most 512 characters
 * @property untilMs the wall clock from which it is not to be shown any more, in milliseconds since 1970: the issuer takes none that
 * is older
 * @property width how many modules a row of the picture has, and how many rows there are
 * @property report what the journal says of it; to be acknowledged ([Wallet.acknowledge]). The amount is not known here
 */
public class ConsumerCode internal constructor(
    public val text: String,
    public val untilMs: Long,
    public val width: Int,
    private val modules: ByteArray,
    public val report: TapReport,
) {
    /**
     * Whether a module of the picture is dark. Around it belongs a light border of four modules, without which it is not read.
     *
     * @param x from the left, 0 until [width]
     * @param y from above, 0 until [width]
     */
    public fun isDark(x: Int, y: Int): Boolean {
        require(x in 0 until width && y in 0 until width) { "the code has $width modules in a row" }
        val place = y * width + x
        return modules[place / 8].toInt() and (1 shl place % 8) != 0
    }

    override fun toString(): String = "ConsumerCode($report)"
}
