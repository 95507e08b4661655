package org.hcepay.demo.coupon

import org.hcepay.Coupon
import org.hcepay.CouponState
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.demo
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.WalletScreen

/** The coupons that the wallet holds. In a demo the holder may be the shop, too. */
class CouponsActivity : WalletScreen() {
    override fun draw(page: Page, wallet: Wallet) {
        val words = CouponWords(this)
        val (coupons, chosen) = wallet.coupons to wallet.couponToPresent
        news(page)
        if (coupons.isEmpty()) page.text(getText(R.string.no_coupons))
        page.small(getText(R.string.only_a_test))
        if (chosen != null) page.text(getString(R.string.coupon_first, chosen.title))
        for (coupon in coupons.sortedWith(FIRST)) {
            page.row(coupon.title, words.line(coupon)) { startActivity(CouponActivity.of(this, coupon)) }
        }
        if (demo.work != null) return
        page.section(getText(R.string.as_shop))
        val (amount, part) = words.worth(ShopCoupons.OFF, null) to words.worth(null, ShopCoupons.TENTH)
        page.otherButton(getString(R.string.shop_sends_coupon, amount)) { demo.sendCoupon(ShopCoupons.ofAmount(this)) }
        page.otherButton(getString(R.string.shop_sends_coupon, part)) { demo.sendCoupon(ShopCoupons.ofPart(this)) }
        page.otherButton(getText(R.string.stranger_sends_coupon)) { demo.sendCoupon(ShopCoupons.ofAmount(this), isStrange = true) }
    }

    private companion object {
        /** What can be shown, and of that what ends first. The wallet's own order follows from ids that mean nothing to anyone. */
        val FIRST = compareBy<Coupon>({ it.state != CouponState.VALID }, { it.validUntilMs }, { it.title })
    }
}
