package org.hcepay.demo.journal

import org.hcepay.Alert
import org.hcepay.AlertAction
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.WalletScreen

/** What contacts showed that the holder should know of, until he has seen it. The newest first. */
class AlertsActivity : WalletScreen() {
    override fun draw(page: Page, wallet: Wallet) {
        val alerts = wallet.alerts.asReversed()
        if (alerts.isEmpty()) {
            page.headline(getText(R.string.no_alerts))
            page.text(getText(R.string.no_alerts_about))
            return
        }
        page.small(getText(R.string.alerts_claim))
        val words = JournalWords(this, wallet)
        for (alert in alerts) {
            alert(page, words, alert)
            page.otherButton(getText(R.string.alert_seen)) { wallet.acknowledgeAlert(alert.id) }
        }
    }

    private fun alert(page: Page, words: JournalWords, alert: Alert) {
        page.section(words.moment(alert.atMs))
        page.text(AlertWords.sentence(this, alert))
        when (alert.action) {
            AlertAction.NOTE, AlertAction.ALERT -> Unit
            AlertAction.VERIFY_AGAIN -> page.warning(getText(R.string.alert_verify_again))
            AlertAction.FREEZE -> page.warning(getText(R.string.alert_freeze))
        }
        for ((name, evidence) in AlertWords.evidence(this, alert)) page.row(getText(name), evidence)
        words.card(alert.cardId)?.let { page.row(getText(R.string.card), it) }
        page.row(getText(R.string.row), getText(R.string.alert_row)) { startActivity(RowActivity.of(this, alert.contactId)) }
    }
}
