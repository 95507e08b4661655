package org.hcepay.demo.pay

import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.os.CancellationSignal
import org.hcepay.Amount
import org.hcepay.Armed
import org.hcepay.Authentication
import org.hcepay.Card
import org.hcepay.Method
import org.hcepay.PromptText
import org.hcepay.Protection
import org.hcepay.Refusal
import org.hcepay.RefusalKind
import org.hcepay.Routing
import org.hcepay.Scope
import org.hcepay.TapReport
import org.hcepay.Verification
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.Trouble
import org.hcepay.demo.coupon.couponGiven
import org.hcepay.demo.demo
import org.hcepay.demo.look.Money
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.Ring
import org.hcepay.demo.look.WalletScreen
import org.hcepay.demo.look.Words
import org.hcepay.demo.wallet.KeysActivity

/** The holder verifies here, holds the phone to the reader, and sees what came of it. */
class PayActivity : WalletScreen(), Verification.Callback {
    private var asking: CancellationSignal? = null
    private var refusal: Refusal? = null

    /** Whether the holder is to be asked as soon as the wallet is open. */
    private var isToAsk = false

    /** The last contact before this screen was there: what comes later is what it is about. */
    private var seenTap: Long = 0

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        seenTap = savedInstanceState?.getLong(SEEN) ?: demo.lastTap?.id ?: 0
        isToAsk = savedInstanceState?.getBoolean(ASKING) ?: intent.getBooleanExtra(ASKING, false)
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        setIntent(intent)
        isToAsk = intent.getBooleanExtra(ASKING, false)
        seenTap = demo.lastTap?.id ?: 0
        // Who had verified for another payment verifies anew for this one.
        if (askedAmount() != null) demo.wallet?.disarm()
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putLong(SEEN, seenTap)
        state.putBoolean(ASKING, isToAsk || asking != null)
    }

    override fun onResume() {
        super.onResume()
        Routing.prefer(this, CardService::class.java)
        askIfDue()
    }

    override fun onPause() {
        Routing.release(this)
        super.onPause()
    }

    override fun onDestroy() {
        asking?.cancel()
        super.onDestroy()
    }

    override fun draw(page: Page, wallet: Wallet) {
        val card = askedCard(wallet) ?: wallet.paysNext()
        if (card == null) {
            page.text(getText(R.string.no_cards))
            return
        }
        page.card(card, above = 8)
        page.small(getText(R.string.only_a_test))
        news(page)
        val until = wallet.armedUntil
        val tap = demo.lastTap?.takeIf { it.id != seenTap }
        val asked = askedAmount()
        if (asked != null && (until != null || tap == null)) {
            page.text(getString(R.string.reader_asks_for, Money.words(asked)))
            intent.getStringExtra(MERCHANT)?.let { page.text(getString(R.string.reader_calls_itself, it)) }
        }
        val coupon = wallet.couponToPresent
        if (coupon != null && (until != null || tap == null)) page.text(getString(R.string.coupon_first, coupon.title))
        when {
            until != null -> armed(page, wallet, until)
            tap != null -> came(page, wallet, tap)
            else -> mayAsk(page, card)
        }
        if (isToAsk) page.parent.post(::askIfDue)
    }

    private fun armed(page: Page, wallet: Wallet, until: Long) {
        page.headline(getText(R.string.hold_to_reader))
        page.view(Ring(this, until, WINDOW_SECONDS * 1_000L), above = 24)
        page.otherButton(getText(R.string.stop)) { wallet.disarm() }
    }

    private fun came(page: Page, wallet: Wallet, tap: TapReport) {
        page.headline(getText(Words.outcome(tap.outcome)))
        tap.amount?.let { page.text(Money.words(it)) }
        wallet.couponGiven(tap)?.let { page.text(getString(R.string.coupon_was_given, it.title)) }
        tap.reason?.let { page.text(getText(Words.reason(it))) }
        page.button(getText(R.string.done)) { finish() }
        if (tap.reason in
            Words.HELPED_BY_NEW_PAYMENTS
        ) {
            page.otherButton(getText(R.string.keys)) { startActivity(Intent(this, KeysActivity::class.java)) }
        }
        page.otherButton(getText(R.string.again)) {
            seenTap = tap.id
            intent.removeExtra(AMOUNT)
            intent.removeExtra(MERCHANT)
            ask()
        }
    }

    private fun mayAsk(page: Page, card: Card) {
        val refused = refusal
        when {
            asking != null -> page.busy(getText(R.string.verifying))
            refused != null -> refused(page, refused)
            isToAsk -> page.text(getText(R.string.reader_asked))
            card.protection == Protection.DEVICE -> page.text(getText(R.string.needs_no_verification))
            card.protection == Protection.UNLOCKED -> page.text(getText(R.string.needs_unlocked))
            else -> page.text(getText(R.string.verify_about))
        }
        val bankIsFirst = refused?.reason?.let { Trouble.of(it).isMendedByBank } == true
        if (asking == null && !bankIsFirst) page.button(getText(R.string.verify_and_pay)) { ask() }
    }

    private fun refused(page: Page, refused: Refusal) {
        val reason = refused.reason
        when {
            reason != null -> trouble(page, Trouble.of(reason)) {
                refusal = null
                demo.askIssuer()
            }

            refused.systemText != null -> page.warning(refused.systemText!!)
            refused.kind == RefusalKind.LOCKED_OUT -> page.warning(getText(R.string.locked_out))
            else -> page.warning(getText(R.string.not_verified))
        }
        val byScreenLock = Verification.credentialIntent(this, prompt())
        if (refused.kind == RefusalKind.USE_SCREEN_LOCK && byScreenLock != null) {
            @Suppress("DEPRECATION")
            page.otherButton(getText(R.string.use_screen_lock)) { startActivityForResult(byScreenLock, BY_SCREEN_LOCK) }
        }
    }

    private fun prompt() = PromptText(getText(R.string.prompt_title), null, getText(R.string.prompt_cancel))

    private fun askIfDue() {
        if (!isToAsk || demo.wallet == null || isFinishing) return
        isToAsk = false
        ask()
    }

    private fun ask() {
        val wallet = demo.wallet ?: return
        if (asking != null || wallet.armedUntil != null) return redraw()
        refusal = null
        val cancel = CancellationSignal().also { asking = it }
        redraw()
        Verification.request(this, wallet, prompt(), cancel, this, WINDOW_SECONDS, scope(wallet))
    }

    /** What the reader asked for in a first tap, where it named an amount: the holder verifies for exactly that. */
    private fun askedAmount(): Amount? =
        if (intent.hasExtra(AMOUNT)) Amount(intent.getLongExtra(AMOUNT, 0), intent.getIntExtra(CURRENCY, 0)) else null

    private fun askedCard(wallet: Wallet): Card? =
        askedAmount()?.let { wallet.cards.find { it.id == intent.getIntExtra(CARD, 0) } }

    private fun scope(wallet: Wallet): Scope {
        val (card, amount) = askedCard(wallet) to askedAmount()
        return if (card == null || amount == null) Scope.ANY_CARD else Scope.payment(card, amount)
    }

    override fun onArmed(armed: Armed) = answered(null)

    override fun onRefused(why: Refusal) = answered(why)

    private fun answered(why: Refusal?) {
        asking = null
        if (isDestroyed) return
        refusal = why
        redraw()
    }

    @Deprecated("The platform's own way before androidx")
    @Suppress("DEPRECATION")
    override fun onActivityResult(requestCode: Int, resultCode: Int, data: Intent?) {
        super.onActivityResult(requestCode, resultCode, data)
        if (requestCode != BY_SCREEN_LOCK || resultCode != RESULT_OK) return
        refusal = null
        demo.change { it.arm(Authentication.reported(Method.DEVICE_CREDENTIAL, null), WINDOW_SECONDS, scope(it)) }
    }

    internal companion object {
        private const val ASKING = "asking"
        private const val SEEN = "seen"
        private const val CARD = "card"
        private const val AMOUNT = "amount"
        private const val CURRENCY = "currency"
        private const val MERCHANT = "merchant"
        private const val BY_SCREEN_LOCK = 1
        private const val WINDOW_SECONDS = 30

        /** Where a first tap has asked for the holder. */
        fun asking(context: Context): Intent = Intent(context, PayActivity::class.java).putExtra(ASKING, true)

        /** The same, for what the report names. */
        fun asking(context: Context, report: TapReport): Intent = asking(context).apply {
            val (card, amount) = report.cardId to report.amount
            if (card == null || amount == null) return@apply
            putExtra(CARD, card).putExtra(AMOUNT, amount.minor).putExtra(CURRENCY, amount.currency)
            putExtra(MERCHANT, report.terminal.merchantName)
        }
    }
}
