package org.hcepay.demo.coupon

import android.content.Context
import android.content.Intent
import android.os.Handler
import android.os.Looper
import android.os.SystemClock
import org.hcepay.Coupon
import org.hcepay.CouponState
import org.hcepay.Wallet
import org.hcepay.demo.Demo
import org.hcepay.demo.R
import org.hcepay.demo.demo
import org.hcepay.demo.look.Days
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.Ring
import org.hcepay.demo.look.WalletScreen
import org.hcepay.demo.pay.PayActivity
import org.hcepay.demo.pay.SelfTestActivity

/** One coupon: what its shop says, how it stands, and the button that shows it to the next reader of that shop. */
class CouponActivity : WalletScreen() {
    private var wasThere = false

    /** The choice ends while one looks at it. */
    private val main = Handler(Looper.getMainLooper())
    private val over = Runnable { redraw() }

    override fun onStop() {
        main.removeCallbacks(over)
        super.onStop()
    }

    override fun draw(page: Page, wallet: Wallet) {
        main.removeCallbacks(over)
        val coupon = wallet.coupons.find { it.id == intent.getStringExtra(COUPON) }
        if (coupon != null) return coupon(page, wallet, coupon)
        // Removed just now, or before this screen was there.
        if (wasThere) return finish()
        page.text(getText(R.string.no_such_coupon))
        news(page)
    }

    private fun coupon(page: Page, wallet: Wallet, coupon: Coupon) {
        wasThere = true
        val words = CouponWords(this)
        page.headline(coupon.title)
        page.headline(words.worth(coupon))
        page.text(getText(words.state(coupon)))
        page.small(getText(R.string.only_a_test))
        news(page)
        val isFree = demo.work == null
        when {
            wallet.couponToPresent == coupon -> chosen(page, isFree)
            coupon.state == CouponState.VALID && isFree -> choice(page, coupon)
        }
        details(page, words, coupon)
        if (coupon.presented.isNotEmpty()) page.section(getText(R.string.coupon_presented))
        for (use in coupon.presented.asReversed()) page.row(words.title(use), words.given(use))
        if (!isFree) return
        page.section(getText(R.string.delete_section))
        asksTwice(page, R.string.remove_coupon, R.string.remove_coupon_question, R.string.remove_coupon_yes) {
            demo.change { it.removeCoupon(coupon) }
        }
    }

    private fun choice(page: Page, coupon: Coupon) {
        page.text(getText(R.string.show_coupon_about))
        page.button(getText(R.string.show_coupon)) { demo.present(coupon) }
    }

    private fun chosen(page: Page, isFree: Boolean) {
        page.text(getText(R.string.coupon_is_shown))
        // Unknown where the process ended since: the choice counts all the same.
        demo.couponUntil?.let { until ->
            page.view(Ring(this, until, Demo.COUPON_SECONDS * 1_000L), above = 24)
            main.postDelayed(over, (until - SystemClock.elapsedRealtime()).coerceAtLeast(0) + 1)
        }
        if (!isFree) return
        page.button(getText(R.string.pay)) { show(PayActivity::class.java) }
        page.otherButton(getText(R.string.self_test)) { show(SelfTestActivity::class.java) }
        page.otherButton(getText(R.string.take_coupon_back)) { demo.present(null) }
    }

    private fun details(page: Page, words: CouponWords, coupon: Coupon) {
        page.section(getText(R.string.details))
        page.row(getText(R.string.coupon_signer), words.signer(coupon))
        page.row(getText(R.string.coupon_valid_from), Days.moment(this, coupon.validFromMs))
        page.row(getText(R.string.coupon_valid_until), Days.moment(this, coupon.validUntilMs))
        page.row(getText(R.string.coupon_uses_name), words.uses(coupon))
        if (coupon.conditions.isNotEmpty()) page.row(getText(R.string.coupon_conditions_name), coupon.conditions)
    }

    internal companion object {
        private const val COUPON = "coupon"

        fun of(context: Context, coupon: Coupon): Intent = Intent(context, CouponActivity::class.java).putExtra(COUPON, coupon.id)
    }
}
