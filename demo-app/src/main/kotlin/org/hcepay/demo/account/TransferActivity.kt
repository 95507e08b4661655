package org.hcepay.demo.account

import android.content.Context
import android.content.Intent
import android.os.Bundle
import org.hcepay.Amount
import org.hcepay.Card
import org.hcepay.Scope
import org.hcepay.Transfer
import org.hcepay.TransferState
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.demo
import org.hcepay.demo.look.BadInput
import org.hcepay.demo.look.Money
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.VerifiedChange
import org.hcepay.demo.look.WalletScreen
import org.hcepay.demo.look.Words
import org.hcepay.demo.pay.Verdicts

/** Money is sent from the account behind a card: typed, looked at once more, verified for, sent to the bank. */
class TransferActivity : WalletScreen() {
    private val verified = VerifiedChange(this, ::redraw)

    /** As far as it is typed. */
    private var amount = ""
    private var payee = ""
    private var name = ""
    private var note = ""

    /** What was typed, as the holder looks at it once more. */
    private var transfer: Transfer? = null

    private val input = BadInput(this, ::redraw)

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        val state = savedInstanceState ?: return demo.forgetVerdict()
        amount = state.getString(AMOUNT).orEmpty()
        payee = state.getString(PAYEE).orEmpty()
        name = state.getString(NAME).orEmpty()
        note = state.getString(NOTE).orEmpty()
        if (state.containsKey(MINOR)) transfer = transfer(Amount(state.getLong(MINOR), state.getInt(CURRENCY)))
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putString(AMOUNT, amount)
        state.putString(PAYEE, payee)
        state.putString(NAME, name)
        state.putString(NOTE, note)
        transfer?.amount?.let {
            state.putLong(MINOR, it.minor)
            state.putInt(CURRENCY, it.currency)
        }
    }

    override fun onDestroy() {
        verified.cancel()
        super.onDestroy()
    }

    override fun draw(page: Page, wallet: Wallet) {
        val card = wallet.cards.find { it.id == intent.getIntExtra(CARD, 0) }
        if (card == null) page.text(getText(R.string.trouble_no_card)) else draw(page, wallet, card)
    }

    private fun draw(page: Page, wallet: Wallet, card: Card) {
        val transfer = transfer
        val sent = if (transfer == null) null else demo.sent
        page.card(card, above = 8)
        page.small(getText(R.string.only_a_test))
        if (sent == null) pending(page, wallet, card)
        news(page)
        input.draw(page)
        verified.draw(page, R.string.not_verified_sending)
        when {
            sent != null -> sent(page, wallet, sent)
            transfer != null -> confirm(page, card, transfer)
            demo.work != null -> return
            Words.mayPay(card) -> form(page, wallet, card)
            else -> page.text(getText(Words.state(card)))
        }
    }

    /** So that nobody sends anew what was sent already. */
    private fun pending(page: Page, wallet: Wallet, card: Card) {
        val words = TransferWords(this)
        for (row in wallet.transfers(0, MOST).filter { it.cardId == card.id && it.state == TransferState.PENDING }) {
            page.row(words.title(row), words.line(row)) { startActivity(TransferRowActivity.of(this, row.number)) }
        }
    }

    private fun form(page: Page, wallet: Wallet, card: Card) {
        val balance = wallet.balance(card)
        balance?.let { page.text(BalanceWords(this, it).short) }
        val currency = balance?.available?.currency ?: EURO
        page.amount(getString(R.string.amount_in, Money.code(currency)), amount) { amount = it }
        line(page, R.string.payee_account, R.string.payee_account_like, payee) { payee = it }
        line(page, R.string.payee_name, R.string.payee_name, name) { name = it }
        line(page, R.string.payee_note, R.string.payee_note_free, note) { note = it }
        page.button(getText(R.string.go_on)) { goOn(currency) }
    }

    private fun line(page: Page, name: Int, hint: Int, text: String, changed: (String) -> Unit) {
        page.small(getText(name))
        page.field(getText(hint), text, changed)
    }

    private fun goOn(currency: Int) = input.tries {
        demo.forgetVerdict()
        input.minor(amount, currency, EXAMPLE)?.let { transfer = transfer(Amount(it, currency)) }
    }

    private fun transfer(amount: Amount): Transfer = Transfer.of(amount, payee.trim(), name.trim(), note.trim())

    private fun confirm(page: Page, card: Card, transfer: Transfer) {
        page.headline(Money.words(transfer.amount))
        page.row(getText(R.string.payee_name), transfer.payeeName)
        page.row(getText(R.string.payee_account), transfer.payee)
        if (transfer.note.isNotEmpty()) page.row(getText(R.string.payee_note), transfer.note)
        if (demo.work != null || verified.isAsking) return
        if (Words.mayPay(card)) {
            page.small(getText(R.string.verify_for_exactly_this))
            page.button(getText(R.string.verify_and_send)) {
                verified.ask(R.string.send_money, Scope.transfer(card, transfer)) { demo.transfer(card, transfer) }
            }
        } else {
            page.text(getText(Words.state(card)))
        }
        page.otherButton(getText(R.string.change_it)) { input.tries { this.transfer = null } }
    }

    private fun sent(page: Page, wallet: Wallet, number: Long) {
        val row = TransferRowActivity.row(wallet, number)
        if (row == null) page.text(getText(R.string.no_such_transfer)) else TransferHead(this, page).draw(row)
        if (demo.work != null) return
        // What one does about a pending one is to send it again.
        val done = if (row?.state == TransferState.PENDING) page::otherButton else page::button
        done(getText(R.string.done)) { finish() }
        demo.verdict?.let { Verdicts(this, page).checks(it, R.string.transfer_valid) }
    }

    internal companion object {
        private const val CARD = "card"
        private const val AMOUNT = "amount"
        private const val PAYEE = "payee"
        private const val NAME = "name"
        private const val NOTE = "note"
        private const val MINOR = "minor"
        private const val CURRENCY = "currency"
        private const val EURO = 978
        private const val EXAMPLE = 49_90L

        /** All that the wallet keeps. */
        private const val MOST = 100

        fun of(context: Context, card: Card): Intent = Intent(context, TransferActivity::class.java).putExtra(CARD, card.id)
    }
}
