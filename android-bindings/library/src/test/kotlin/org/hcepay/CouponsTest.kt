package org.hcepay

import org.hcepay.TestPhone.Companion.onWorker
import org.hcepay.TestPhone.Companion.reason
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config

/** A coupon of a merchant, presented to its terminal before the payment: from the app to the merchant's word. */
@RunWith(SandboxRunner::class)
class CouponsTest {
    @get:Rule
    val phone = TestPhone()

    private lateinit var installed: TestIssuer.Installed

    private val wallet get() = checkNotNull(Wallet.current())

    private val coupon get() = wallet.coupons.single()

    private fun holder(uses: Int = 2) {
        installed = onWorker { phone.issuer.install(phone.open(), "kernel3-cvn18", 3) }
        apply("coupon ${installed.wallet} $uses")
    }

    private fun apply(line: String) = onWorker { phone.issuer.ask(line).forEach { wallet.apply(it.hex()) } }

    private fun choose(chosen: Coupon? = coupon) = onWorker { wallet.presentCoupon(chosen) }

    /** The holder verifies, and the shop's terminal asks for a coupon and then for the money: what it says. */
    private fun bought(): String {
        phone.arm(wallet)
        return phone.issuer.purchaseWithCoupon(wallet::process).also { wallet.deactivated() }
    }

    private fun aCouponIsTakenBeforeThePayment() {
        holder()
        coupon.run {
            assertEquals(listOf("Bücher Löwe", "Half price", "Books only.\nNot at night."), listOf(signer, title, conditions))
            assertEquals(listOf(null, 5_000, 2, 2, CouponState.VALID), listOf(worth, worthInHundredthsOfPercent, uses, usesLeft, state))
            assertEquals(emptyList<PresentedUse>(), presented)
        }
        choose()
        assertEquals(coupon, wallet.couponToPresent)
        assertEquals("ok verified-on-device valid taken", bought())
        assertNull("once", wallet.couponToPresent)
        assertEquals(listOf(coupon.id, 1), wallet.journal(0, 1).single().report.coupon?.run { listOf(couponId, number) })
        val use = coupon.presented.single()
        assertEquals(listOf(1, 1), listOf(coupon.usesLeft, use.number))
        assertEquals(listOf(TestIssuer.NEW_YEAR, null), listOf(use.atMs, use.settled))
        apply("coupon-redeemed ${installed.wallet}")
        assertEquals(CouponSettled.REDEEMED, coupon.presented.single().settled)
    }

    @Test
    fun aCouponIsPresentedBeforeThePaymentAndSettled() = aCouponIsTakenBeforeThePayment()

    @Test
    @Config(sdk = [28])
    fun soItIsOnTheOldestAndroidToo() = aCouponIsTakenBeforeThePayment()

    @Test
    fun aTerminalLearnsOfNoCouponThatTheHolderHasNotChosen() {
        holder()
        assertEquals("ok verified-on-device valid none", bought())
        choose()
        choose(null)
        assertEquals("ok verified-on-device valid none", bought())
        assertEquals(2, coupon.usesLeft)
    }

    @Test
    fun aCouponIsPresentedOnlyAsOftenAsItAllows() {
        holder(uses = 1)
        choose()
        assertEquals("ok verified-on-device valid taken", bought())
        assertEquals(listOf(CouponState.USED_UP, 0), listOf(coupon.state, coupon.usesLeft))
        assertEquals(Reason.COUPON_REFUSED, reason { wallet.presentCoupon(coupon) })
        assertEquals("ok verified-on-device valid none", bought())
    }

    @Test
    fun aProcessThatDiesBetweenChoosingAndPresentingLosesNothing() {
        holder(uses = 1)
        choose()
        phone.restartProcess()
        onWorker { phone.open() }
        assertEquals(coupon, wallet.couponToPresent)
        assertEquals("ok verified-on-device valid taken", bought())
    }

    @Test
    fun aCouponThatIsRemovedIsGone() {
        holder()
        val removed = coupon
        onWorker { wallet.removeCoupon(removed) }
        assertEquals(emptyList<Coupon>(), wallet.coupons)
        assertEquals(Reason.COUPON_REFUSED, reason { wallet.presentCoupon(removed) })
        assertEquals(Reason.COUPON_REFUSED, reason { wallet.removeCoupon(removed) })
        for (seconds in listOf(4, 601)) {
            assertThrows(IllegalArgumentException::class.java) { onWorker { wallet.presentCoupon(removed, seconds) } }
        }
    }
}
