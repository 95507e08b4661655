package org.hcepay

import java.io.ByteArrayOutputStream
import java.io.DataOutputStream

/** Writes the holder's limits for the core, which judges them. `message/holder_rules.rs` says how they stand. */
internal object LimitWriter {
    fun allowances(list: List<Allowance>): ByteArray = write {
        list(list) {
            field(it.currency, 2)
            amounts(it.single, it.total)
            field(it.count, 1)
        }
    }

    fun temporaryUse(limits: TemporaryUse): ByteArray = write {
        writeLong(limits.untilMs?.also(::mustBeSome) ?: -1)
        if (limits.taps == null) writeShort(-1) else field(limits.taps, 2)
        list(limits.amounts) {
            field(it.currency, 2)
            amounts(it.single, it.total)
        }
        writeByte(limits.channels.sumOf { 1 shl it.ordinal })
        list(limits.merchantCategories) { field(it, 2) }
    }

    private fun write(work: DataOutputStream.() -> Unit): ByteArray {
        val bytes = ByteArrayOutputStream()
        DataOutputStream(bytes).work()
        return bytes.toByteArray()
    }

    private fun <T> DataOutputStream.list(list: List<T>, each: (T) -> Unit) {
        field(list.size, 1)
        list.forEach(each)
    }

    private fun DataOutputStream.amounts(single: Long, total: Long) {
        mustBeSome(single)
        mustBeSome(total)
        writeLong(single)
        writeLong(total)
    }

    private fun DataOutputStream.field(number: Int, length: Int) {
        // All bits set stands for no number at all.
        if (number < 0 || number >= (1 shl 8 * length) - (length - 1)) refuse()
        if (length == 1) writeByte(number) else writeShort(number)
    }

    private fun mustBeSome(number: Long) {
        if (number < 0) refuse()
    }

    private fun refuse(): Nothing = throw WalletException(Reason.LIMIT_INVALID, "a number that no limit can have")
}
