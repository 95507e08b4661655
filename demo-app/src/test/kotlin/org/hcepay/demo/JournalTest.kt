package org.hcepay.demo

import android.app.Activity
import android.content.Intent
import android.net.Uri
import android.provider.OpenableColumns
import org.hcepay.AlertAction
import org.hcepay.AlertRule
import org.hcepay.TestPrompt
import org.hcepay.demo.journal.AlertsActivity
import org.hcepay.demo.journal.JournalActivity
import org.hcepay.demo.journal.JournalFile
import org.hcepay.demo.journal.RowActivity
import org.hcepay.demo.wallet.WalletActivity
import org.json.JSONObject
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import java.io.File
import java.io.FileNotFoundException

/** What stays of payments: rows with what the bank said, alerts, and the file that the holder takes along. */
@RunWith(DemoRunner::class)
@Config(shadows = [TestPrompt::class], qualifiers = "w411dp-h891dp-port-xhdpi")
class JournalTest {
    @get:Rule
    val phone = DemoPhone()

    private val demo get() = phone.demo

    private fun words(resource: Int, vararg with: Any) = phone.app.getString(resource, *with)

    private fun journal() = phone.open(JournalActivity::class.java).get()

    private fun lastRow() = phone.open(RowActivity::class.java, RowActivity.of(phone.app, demo.lastTap!!.id)).get()

    private fun rows() = demo.wallet!!.journal(0, 500)

    // ---- rows

    @Test
    fun aRowKeepsWhatTheReaderClaimsApartFromWhatTheBankKnows() {
        phone.addCard("kernel3-everyday")
        phone.pay()
        val row = lastRow()
        Screenshot.takeWhole(row, "row-whole")
        row.shows(R.string.settled_approved)
        row.shows(R.string.reason_verified)
        assertEquals("hcepay test shop", row.below(R.string.merchant))
        row.shows(R.string.reader_claims_about)
        assertEquals(
            listOf("Test shop, Berlin", "5999", "276"),
            listOf(R.string.says_name, R.string.says_category, R.string.says_country).map {
                row.below(it)
            },
        )
        assertEquals(words(R.string.method_biometric), row.below(R.string.verified_how))
        assertEquals("${demo.lastTap!!.counter}", row.below(R.string.counter))
    }

    @Test
    fun whatABankThatWasNotAskedDoesNotKnowTheReaderSaysOfItself() {
        phone.addCard("kernel3-everyday")
        demo.selfTest(75_00, 978)
        phone.settle()
        val read = journal().read()
        assertTrue("$read", read.any { words(R.string.calls_itself, "Test shop, Berlin") in it })
        assertTrue("$read", "€75.00 · ${words(R.string.outcome_verify)}" in read)
        val row = lastRow()
        row.doesNotShow(R.string.bank_says)
        row.doesNotShow(R.string.as_bank)
    }

    @Test
    fun theBankBooksChangesRefundsTakesBackAndDeclinesAPaymentAndEachWordStands() {
        phone.addCard()
        phone.pay()
        val row = lastRow()
        val said = listOf(
            Triple(R.string.bank_clears, R.string.settled_cleared, "€12.50"),
            Triple(R.string.bank_changes, R.string.settled_changed, "€13.75"),
            Triple(R.string.bank_refunds, R.string.settled_refunded, "€12.50"),
            Triple(R.string.bank_reverses, R.string.settled_reversed, "€12.50"),
            Triple(R.string.bank_declines_it, R.string.settled_declined, "€12.50"),
        )
        for ((button, settled, amount) in said) {
            android.os.SystemClock.setCurrentTimeMillis(System.currentTimeMillis() + 60_000)
            row.presses(button)
            assertTrue("${row.read()}", "${words(settled)} · $amount" in row.read())
            row.shows(settled)
            assertTrue("€12.50 · ${words(settled)}" in journal().read())
        }
        // Not to be asked of the reader any more.
        row.doesNotShow(R.string.reason_verified)
        Screenshot.takeWhole(row, "row-settled")
        assertTrue("${row.read()}", row.read().any { it.startsWith(words(R.string.declined_funds)) })
        assertEquals(6, rows().single().settlements.size)
    }

    @Test
    fun aRowIsDeletedOnlyAfterAQuestionAndNoWordOfTheBankBringsItBack() {
        phone.addCard()
        phone.pay()
        val (row, other) = lastRow() to lastRow()
        row.presses(R.string.delete_row)
        row.shows(R.string.delete_row_question)
        Screenshot.takeWhole(row, "row-delete")
        row.presses(R.string.keep)
        row.doesNotShow(R.string.delete_row_question)
        assertEquals(1, rows().size)
        row.presses(R.string.delete_row)
        row.presses(R.string.delete_yes)
        assertTrue(row.isFinishing && rows().isEmpty())
        assertTrue("another screen of it, too", other.isFinishing)
        lastRow().shows(R.string.no_such_row)
        val tap = demo.lastTap!!
        demo.settle(tap, org.hcepay.Settled.CLEARED, tap.amount!!)
        phone.settle()
        assertEquals(null, demo.trouble)
        journal().shows(R.string.no_rows)
    }

    @Test
    fun aLongJournalIsShownAPageAtATime() {
        phone.addCard()
        for (cents in 1..JournalActivity.PAGE + 1) {
            demo.selfTest(cents.toLong(), 978)
            phone.settle()
        }
        val controller = phone.open(JournalActivity::class.java)
        val oldest = "€0.01 · ${words(R.string.outcome_verify)}"
        fun shown() = controller.get().read().count { it.startsWith("€") }
        assertEquals(JournalActivity.PAGE, shown())
        assertFalse(oldest in controller.get().read())
        controller.get().presses(R.string.older_rows)
        assertEquals(JournalActivity.PAGE + 1, shown())
        assertTrue(oldest in controller.get().read())
        controller.get().doesNotShow(R.string.older_rows)
        controller.recreate()
        assertEquals("once turned, too", JournalActivity.PAGE + 1, shown())
    }

    // ---- alerts

    @Test
    fun anAlertStandsOnTheFirstScreenWithItsEvidenceUntilItIsSeen() {
        phone.addCard("kernel3-everyday")
        val wallet = phone.open(WalletActivity::class.java).get()
        val look = phone.app.resources.getQuantityString(R.plurals.look_at_alerts, 1, 1)
        phone.pay()
        assertFalse(look in wallet.read())
        // Sooner it is a holder who has held the phone too short.
        phone.phone.pass(15_000)
        phone.pay()
        val alert = demo.wallet!!.alerts.single { it.rule == AlertRule.DOUBLE_CHARGE }
        assertTrue("${wallet.read()}", alert.sentence in wallet.read())
        Screenshot.takeWhole(wallet, "wallet-alert")
        wallet.press(look)
        assertEquals(AlertsActivity::class.java.name, shadowOf(wallet).nextStartedActivity.component?.className)
        val alerts = phone.open(AlertsActivity::class.java).get()
        Screenshot.takeWhole(alerts, "alerts")
        assertTrue("${alerts.read()}", alert.sentence in alerts.read())
        assertEquals("€12.50", alerts.below(R.string.amount_asked))
        alerts.press(words(R.string.row))
        val row = phone.open(RowActivity::class.java, shadowOf(alerts).nextStartedActivity).get()
        assertTrue("${row.read()}", "€12.50" in row.read())
        alerts.presses(R.string.alert_seen)
        alerts.shows(R.string.no_alerts)
        assertFalse(look in wallet.read())
        phone.restartProcess()
        phone.open(AlertsActivity::class.java).get().shows(R.string.no_alerts)
    }

    @Test
    fun whatIsOnlyNotedBothersNobodyAndIsFoundByWhoLooks() {
        phone.addCard()
        phone.pay()
        phone.phone.arm(demo.wallet!!)
        demo.selfTest(10_00, 840)
        phone.settle()
        val noted = demo.wallet!!.alerts.single()
        assertEquals(AlertRule.NEW_CURRENCY to AlertAction.NOTE, noted.rule to noted.action)
        val wallet = phone.open(WalletActivity::class.java).get()
        assertFalse("${wallet.read()}", noted.sentence in wallet.read())
        val alerts = phone.open(AlertsActivity::class.java).get()
        assertTrue("${alerts.read()}", noted.sentence in alerts.read())
    }

    // ---- the file

    private fun shared(): Uri {
        val screen = journal()
        screen.presses(R.string.share_journal)
        val chooser = shadowOf(screen).nextStartedActivity
        val sent = chooser.getParcelableExtra<Intent>(Intent.EXTRA_INTENT)!!
        assertEquals(listOf(Intent.ACTION_CHOOSER, Intent.ACTION_SEND, "text/plain"), listOf(chooser.action, sent.action, sent.type))
        assertTrue(sent.flags and Intent.FLAG_GRANT_READ_URI_PERMISSION != 0)
        return sent.getParcelableExtra(Intent.EXTRA_STREAM)!!
    }

    @Test
    fun theJournalIsSharedAsAFileWithALineForEachRowAndNoCardNumber() {
        phone.addCard("kernel3-everyday")
        phone.pay(amountMinor = 12_50)
        phone.pay(amountMinor = 3_00)
        val uri = shared()
        val text = phone.app.contentResolver.openInputStream(uri)!!.use { it.reader().readText() }
        val rows = text.lines().filter(String::isNotEmpty).map(::JSONObject)
        assertEquals(rows().map { it.id }.toSet(), rows.map { it.getLong("id") }.toSet())
        assertEquals(setOf("hcepay test shop"), rows.map { it.getString("merchant") }.toSet())
        assertFalse(text, "99990000" in text)
        phone.app.contentResolver.query(uri, null, null, null, null)!!.use { about ->
            assertTrue(about.moveToFirst())
            val size = about.getLong(about.getColumnIndexOrThrow(OpenableColumns.SIZE))
            assertEquals(text.toByteArray().size.toLong(), size)
            assertEquals("hcepay-journal.jsonl", about.getString(about.getColumnIndexOrThrow(OpenableColumns.DISPLAY_NAME)))
        }
    }

    @Test
    fun theFileIsReadAloneAndNothingBesideIt() {
        phone.addCard()
        phone.pay()
        val uri = shared()
        val file = Robolectric.buildContentProvider(JournalFile::class.java).create().get()
        for (other in listOf("settings", "../no_backup/hcepay/wallet/ledger")) {
            assertThrows(FileNotFoundException::class.java) { file.openFile(Uri.parse("content://org.hcepay.demo.journal/$other"), "r") }
        }
        for (mode in listOf("w", "rw", "rwt")) assertThrows(FileNotFoundException::class.java) { file.openFile(uri, mode) }
        assertTrue(kept().exists())
        demo.beginAnew()
        phone.settle()
        assertFalse("gone with the wallet", kept().exists())
    }

    private fun kept() = File(phone.app.cacheDir, "hcepay-journal.jsonl")

    @Test
    fun aFileThatCannotBeWrittenIsSaidAndNothingIsShared() {
        phone.addCard()
        phone.pay()
        // As where the disk is full.
        kept().mkdirs()
        val screen = journal()
        screen.presses(R.string.share_journal)
        screen.shows(R.string.trouble_storage)
        assertEquals(null, shadowOf(screen).nextStartedActivity)
        kept().delete()
        screen.presses(R.string.share_journal)
        screen.doesNotShow(R.string.trouble_storage)
    }
}
