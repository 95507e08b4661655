package org.hcepay.demo.journal

import android.content.Intent
import android.net.Uri
import android.os.Bundle
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.account.TransferRowActivity
import org.hcepay.demo.account.TransferWords
import org.hcepay.demo.demo
import org.hcepay.demo.look.Days
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.WalletScreen

/** Payments and transfers, and what the bank said of them: by day, the newest first, a page at a time. */
class JournalActivity : WalletScreen() {
    private var most = PAGE
    private var isUnwritable = false

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        most = savedInstanceState?.getInt(MOST) ?: PAGE
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putInt(MOST, most)
    }

    override fun draw(page: Page, wallet: Wallet) {
        // One more than is shown tells whether there is another page.
        val entries = Entry.newest(wallet, most + 1)
        if (entries.isEmpty()) {
            page.headline(getText(R.string.no_rows))
            page.text(getText(R.string.no_rows_about))
            return
        }
        page.small(getText(R.string.only_a_test))
        val words = JournalWords(this, wallet)
        for ((day, those) in entries.take(most).groupBy { at(words, it)?.let(Days::of) }) {
            page.section(if (day == null) getText(R.string.day_not_known) else Days.words(this, day))
            those.forEach { entry(page, words, it) }
        }
        if (entries.size > most) {
            page.otherButton(getText(R.string.older_rows)) {
                most += PAGE
                redraw()
            }
        }
        page.text(getText(R.string.share_journal_about))
        if (isUnwritable) page.warning(getText(R.string.trouble_storage))
        page.otherButton(getText(R.string.share_journal)) { share(wallet) }
    }

    private fun at(words: JournalWords, entry: Entry): Long? = when (entry) {
        is Entry.Payment -> words.at(entry.row)
        is Entry.Sent -> entry.row.atMs
    }

    private fun entry(page: Page, words: JournalWords, entry: Entry) = when (entry) {
        is Entry.Payment -> page.row(words.title(entry.row), words.line(entry.row)) {
            startActivity(RowActivity.of(this, entry.number))
        }
        is Entry.Sent -> TransferWords(this).let { sent ->
            page.row(sent.title(entry.row), sent.line(entry.row)) { startActivity(TransferRowActivity.of(this, entry.number)) }
        }
    }

    /** As a file: the journal may be longer than what Android hands from app to app as text. */
    private fun share(wallet: Wallet) {
        demo.read({ runCatching { JournalFile.write(this, wallet.journalAsJsonLines()) }.getOrNull() }) { file ->
            if (isDestroyed) return@read
            isUnwritable = file == null
            redraw()
            file?.let(::hand)
        }
    }

    /** To whichever app the holder chooses, which may read this and nothing else. */
    private fun hand(file: Uri) {
        val sent = Intent(Intent.ACTION_SEND).setType(JournalFile.TYPE).putExtra(Intent.EXTRA_STREAM, file)
        startActivity(Intent.createChooser(sent.addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION), getText(R.string.share_journal)))
    }

    internal companion object {
        private const val MOST = "most"
        const val PAGE = 20
    }
}
