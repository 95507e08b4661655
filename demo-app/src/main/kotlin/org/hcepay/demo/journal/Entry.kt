package org.hcepay.demo.journal

import org.hcepay.JournalRow
import org.hcepay.TransferRow
import org.hcepay.Wallet

/** What stands in the journal: a payment or a transfer. Both are numbered in one series. */
internal sealed class Entry(val number: Long) {
    class Payment(val row: JournalRow) : Entry(row.id)

    class Sent(val row: TransferRow) : Entry(row.number)

    companion object {
        fun newest(wallet: Wallet, most: Int): List<Entry> {
            val entries = wallet.journal(0, most).map(::Payment) + wallet.transfers(0, most).map(::Sent)
            return entries.sortedByDescending { it.number }.take(most)
        }
    }
}
