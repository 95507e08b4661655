package org.hcepay

import android.app.Activity
import android.content.Context
import android.os.CancellationSignal
import org.hcepay.TestPhone.Companion.idle
import org.hcepay.TestPhone.Companion.onWorker
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Method
import java.lang.reflect.Modifier
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.FutureTask
import java.util.concurrent.TimeUnit
import org.hcepay.Method as VerifiedBy

/** All that an app can call, found by reflection, so that what is added is called, too: in ways in which nobody should. */
@RunWith(SandboxRunner::class)
class EveryCallTest {
    @get:Rule
    val phone = TestPhone()

    private val activity: Activity by lazy { Robolectric.setupActivity(Activity::class.java) }

    private val callback = object : Verification.Callback {
        override fun onArmed(armed: Armed) = Unit

        override fun onRefused(why: Refusal) = Unit
    }

    private val calls: List<Method> = listOf(Wallet::class, Authentication::class, Verification::class, Routing::class)
        .flatMap { it.java.declaredMethods.toList() }
        .filter { Modifier.isPublic(it.modifiers) && !it.isSynthetic && '$' !in it.name && it.name != "toString" }
        .sortedBy { it.toString() }

    private val ofWallet = calls.filter { it.declaringClass == Wallet::class.java && !Modifier.isStatic(it.modifiers) }

    /** What may be missing: before API 30 there is no cipher, and the holder may take back what he chose. */
    private fun mayBeNull(call: Method, type: Class<*>) =
        type in setOf(javax.crypto.Cipher::class.java, List::class.java, TemporaryUse::class.java, Long::class.javaObjectType) ||
            call.name in setOf("useOnce", "presentCoupon")

    /** They say that they can fail, so they may wait; but for one, which only looks at what it is given. */
    private val waiting = calls.filter { WalletException::class.java in it.exceptionTypes && it.name != "orderOf" }

    private val order = OnlineOrder.of(Amount(1, 978), "shop", "Shop", ByteArray(8))
    private val code = MerchantCode.read(RemotePaymentsTest.PLAIN)
    private val transfer = Transfer.of(Amount(1, 978), "4711", "Ann")

    private fun arguments(wallet: Wallet, call: Method): Array<Any?> = call.parameterTypes.map { type ->
        when (type) {
            Context::class.java, Activity::class.java -> activity
            Class::class.java -> TestPaymentService::class.java
            Wallet::class.java -> wallet
            Card::class.java -> wallet.cards.single()
            Coupon::class.java -> MessageReaderTest.coupon()
            ByteArray::class.java -> ByteArray(8)
            String::class.java -> "code"
            Authentication::class.java -> Authentication.reported(VerifiedBy.UNKNOWN, null)
            VerifiedBy::class.java -> VerifiedBy.UNKNOWN
            PromptText::class.java -> PromptText("Pay", null, "Cancel")
            CancellationSignal::class.java -> CancellationSignal()
            Verification.Callback::class.java -> callback
            NfcListener::class.java -> NfcListener { }
            Runnable::class.java -> Runnable { }
            Scope::class.java -> Scope.ANY_CARD
            OnlineOrder::class.java -> order
            Transfer::class.java -> transfer
            MerchantCode::class.java -> code
            Long::class.javaObjectType -> 1L
            List::class.java -> emptyList<Allowance>()
            TemporaryUse::class.java -> TemporaryUse(null, 100)
            java.lang.Boolean.TYPE -> false
            Integer.TYPE -> 30
            java.lang.Long.TYPE -> 1L
            else -> null
        }
    }.toTypedArray()

    /** What the call throws where it may be made; null where nothing. */
    private fun thrown(wallet: Wallet, call: Method, arguments: Array<Any?>): Throwable? =
        if (call in waiting) onWorker { thrownHere(wallet, call, arguments) } else thrownHere(wallet, call, arguments)

    private fun thrownHere(wallet: Wallet, call: Method, arguments: Array<Any?>): Throwable? = try {
        call.invoke(wallet.takeUnless { Modifier.isStatic(call.modifiers) }, *arguments)
        null
    } catch (failed: InvocationTargetException) {
        failed.targetException
    }

    private fun paysOnce(wallet: Wallet): Boolean {
        phone.arm(wallet)
        return phone.issuer.purchase(wallet::process).startsWith("ok").also {
            wallet.deactivated()
            idle()
        }
    }

    @Test
    fun withNullFromJavaEachSaysSoAndNothingIsChanged() {
        val wallet = phone.walletWith("kernel3-cvn18")
        var nulls = 0
        for (call in calls) {
            for ((place, type) in call.parameterTypes.withIndex()) {
                if (type.isPrimitive || mayBeNull(call, type)) continue
                val given = arguments(wallet, call).also { it[place] = null }
                val thrown = thrown(wallet, call, given)
                assertTrue("$call, argument $place: $thrown", thrown is NullPointerException)
                nulls++
            }
        }
        assertTrue("$nulls", nulls > 25)
        assertEquals(1, wallet.cards.size)
        assertTrue(paysOnce(wallet))
    }

    @Test
    fun whateverMayWaitRefusesTheMainThread() {
        val wallet = phone.walletWith("kernel3-cvn18")
        assertTrue("${waiting.size}", waiting.size >= 14)
        for (call in waiting) {
            val thrown = thrownHere(wallet, call, arguments(wallet, call))
            assertTrue("$call: $thrown", thrown is IllegalStateException)
        }
        assertTrue(paysOnce(wallet))
    }

    @Test
    fun ofAWalletThatWasDiscardedEachCallSaysSoOrDoesNothing() {
        val wallet = phone.walletWith("kernel3-cvn18")
        val card = wallet.cards.single()
        val given = calls.associateWith { arguments(wallet, it) }
        onWorker { Wallet.discard(phone.context) }
        val silent = setOf("acknowledge", "acknowledgeAlert", "disarm", "observe", "getArmedUntil")
        for (call in ofWallet) {
            val thrown = thrown(wallet, call, given.getValue(call))
            val why = (thrown as WalletException?)?.reason
            assertEquals("$call", if (call.name in silent) null else Reason.CLOSED, why)
        }
        idle()
        assertNull(wallet.armedUntil)
        assertEquals(Reason.CLOSED, TestPhone.reason { Authentication.cipher(wallet) })
        assertEquals(1, card.id)
    }

    @Test
    fun whereNoWalletIsOpenThereIsNoneToAskAndNothingToDiscard() {
        assertNull(Wallet.current())
        onWorker { Wallet.discard(phone.context) }
        assertEquals(Availability.AVAILABLE, Verification.availability(phone.context))
        assertTrue(Routing.check(phone.context, TestPaymentService::class.java).isNotEmpty())
        Routing.release(activity)
        assertNull(Wallet.current())
    }

    @Test
    fun twiceAtOnceEachEndsAndTheWalletGoesOn() {
        val wallet = phone.walletWith("kernel3-cvn18", keys = 6)
        for (call in ofWallet.filterNot { it.name == "delete" }) {
            val given = arguments(wallet, call)
            val begin = CyclicBarrier(2)
            val both = List(2) {
                FutureTask {
                    begin.await()
                    thrownHere(wallet, call, given)
                }.also { Thread(it).start() }
            }
            for (task in both) {
                val thrown = task.get(30, TimeUnit.SECONDS)
                assertTrue("$call: $thrown", thrown == null || thrown is WalletException)
            }
            idle()
        }
        assertEquals(1, wallet.cards.size)
        phone.arm(wallet)
        onWorker { wallet.unfreeze(wallet.cards.single()) }
        assertTrue(paysOnce(wallet))
    }
}
