package org.hcepay.demo.wallet

import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import org.hcepay.Card
import org.hcepay.CardState
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.account.AccountPart
import org.hcepay.demo.account.TransferActivity
import org.hcepay.demo.demo
import org.hcepay.demo.look.Ago
import org.hcepay.demo.look.Days
import org.hcepay.demo.look.Left
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.VerifiedChange
import org.hcepay.demo.look.WalletScreen
import org.hcepay.demo.look.Words
import org.hcepay.demo.pay.CodeActivity
import org.hcepay.demo.pay.OrderActivity

/** One card: how it stands, what it is made of, and what may be done with it. */
class CardActivity : WalletScreen() {
    /** The code as far as it is typed. */
    private var typed = ""
    private val verified = VerifiedChange(this, ::redraw)

    /** What the bank told grows older while one looks at it. */
    private val main = Handler(Looper.getMainLooper())
    private val older = Runnable { redraw() }

    override fun onStop() {
        main.removeCallbacks(older)
        super.onStop()
    }

    override fun onDestroy() {
        verified.cancel()
        super.onDestroy()
    }

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        typed = savedInstanceState?.getString(TYPED).orEmpty()
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putString(TYPED, typed)
    }

    override fun draw(page: Page, wallet: Wallet) {
        main.removeCallbacks(older)
        val id = intent.getIntExtra(CARD, 0)
        val card = wallet.cards.find { it.id == id }
        if (card == null) {
            page.text(getText(R.string.trouble_no_card))
            return news(page)
        }
        page.card(card, above = 8)
        page.headline(getText(Words.state(card)))
        if (card.state == CardState.RETIRED) page.text(getText(R.string.retired_about))
        val isOnce = wallet.chosenOnce?.id == card.id
        when {
            isOnce -> page.text(getText(R.string.pays_once))
            card.isDefault -> page.text(getText(if (Words.mayPay(card)) R.string.is_default else R.string.is_default_idle))
        }
        news(page)
        val isFree = demo.work == null
        if (card.state == CardState.WAITING && isFree) identity(page, card)
        if (Words.mayPay(card) && !card.isDefault && isFree) choice(page, card, isOnce)
        if (Words.mayPay(card) && isFree) remote(page, card)
        if (isFree) holder(page, card)
        if (card.state != CardState.WAITING) account(page, wallet, card, isFree)
        payments(page, card)
        certificate(page, card)
        details(page, card)
        if (!isFree) return
        asBank(page, card)
        page.section(getText(R.string.delete_section))
        asksTwice(page, R.string.delete_card, R.string.delete_question, R.string.delete_yes) {
            demo.delete(card)
            finish()
        }
    }

    private fun choice(page: Page, card: Card, isOnce: Boolean) {
        page.button(getText(R.string.make_default)) { demo.change { it.setDefault(card) } }
        if (isOnce) {
            page.otherButton(getText(R.string.pay_once_back)) { demo.change { it.useOnce(null) } }
        } else {
            page.otherButton(getText(R.string.pay_once)) { demo.change { it.useOnce(card) } }
        }
    }

    /** How it pays without a reader, and sends money. */
    private fun remote(page: Page, card: Card) {
        page.row(getText(R.string.show_code), getText(R.string.show_code_row)) { startActivity(CodeActivity.of(this, card)) }
        page.row(getText(R.string.pay_order), getText(R.string.pay_order_row)) { startActivity(OrderActivity.of(this, card)) }
        page.row(getText(R.string.send_money), getText(R.string.send_money_row)) { startActivity(TransferActivity.of(this, card)) }
    }

    private fun account(page: Page, wallet: Wallet, card: Card, isFree: Boolean) {
        val balance = wallet.balance(card)
        AccountPart(this, page).draw(balance)
        if (balance != null) main.postDelayed(older, Ago.MINUTE_MS - balance.ageMs % Ago.MINUTE_MS)
        if (isFree) page.otherButton(getText(R.string.ask_balance)) { demo.askBalance(card) }
    }

    /** What its holder decides for it. To freeze it needs nothing; to undo that, the holder. */
    private fun holder(page: Page, card: Card) {
        if (card.state == CardState.RETIRED) return
        verified.draw(page)
        if (card.rules.isFrozen) {
            page.text(getText(R.string.frozen_about))
            page.button(getText(R.string.unfreeze_card)) { verified.ask(card) { it.unfreeze(card) } }
        } else {
            page.otherButton(getText(R.string.freeze_card)) { demo.change { it.freeze(card) } }
        }
        page.row(getText(R.string.rules), getText(R.string.rules_row)) { startActivity(RulesActivity.of(this, card)) }
    }

    private fun identity(page: Page, card: Card) {
        page.section(getText(R.string.identity_check))
        page.text(getText(R.string.identity_about))
        if (demo.wrongCodeOf == card.id) page.warning(getText(R.string.wrong_code))
        page.small(resources.getQuantityString(R.plurals.codes_left, card.codesLeft, card.codesLeft))
        demo.atBank.find { it.card == card.id }?.code?.let { page.text(getString(R.string.bank_sent_code, it)) }
        page.field(getText(R.string.code), typed) { typed = it }
        page.button(getText(R.string.send_code)) {
            val code = typed.trim()
            if (code.isNotEmpty()) {
                typed = ""
                demo.ask { it.identityCheckRequest(card, code) }
            }
        }
    }

    private fun payments(page: Page, card: Card) {
        val keys = card.replenishment
        page.section(getText(R.string.keys))
        page.row(Left.payments(this, keys.usesLeft), Left.days(this, keys) ?: getText(Words.why(card))) {
            show(KeysActivity::class.java)
        }
    }

    /** The card's proof to readers ends, or has ended. */
    private fun certificate(page: Page, card: Card) {
        val end = card.replenishment.certificate ?: return
        if (end.isOver) {
            page.warning(getText(R.string.certificate_over))
        } else {
            page.text(getString(R.string.certificate_ends, Days.month(this, end.month)))
        }
        if (demo.work == null) page.button(getText(R.string.renew_certificate)) { demo.ask { it.checkInRequest() } }
    }

    private fun details(page: Page, card: Card) {
        page.section(getText(R.string.details))
        page.row(getText(R.string.last_four), card.lastFour)
        card.expires?.let { page.row(getText(R.string.expiry), Days.month(this, it)) }
        page.row(getText(R.string.protection), getText(Words.protection(card.protection)))
        page.section(getText(R.string.applications))
        for (application in card.applications) {
            val left = Left.payments(this, application.usesLeft)
            page.row(application.label, getString(R.string.application_about, application.aid, left))
        }
    }

    /** In a demo the holder may be the bank, too. */
    private fun asBank(page: Page, card: Card) {
        if (card.state == CardState.WAITING || card.state == CardState.RETIRED) return
        page.section(getText(R.string.as_bank))
        if (card.state == CardState.SUSPENDED) {
            page.otherButton(getText(R.string.resume_card)) { demo.bank { it.resumeCard(card.id) } }
            return
        }
        page.otherButton(getText(R.string.suspend_card)) { demo.bank { it.suspendCard(card.id) } }
        page.otherButton(getText(R.string.renew_card)) { demo.bank { it.renewCard(card.id) } }
    }

    internal companion object {
        private const val CARD = "card"
        private const val TYPED = "typed"

        fun of(context: Context, card: Card): Intent = Intent(context, CardActivity::class.java).putExtra(CARD, card.id)
    }
}
