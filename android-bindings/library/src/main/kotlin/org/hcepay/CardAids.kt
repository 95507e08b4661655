package org.hcepay

import android.content.ComponentName
import android.content.Context
import android.nfc.cardemulation.CardEmulation
import java.util.concurrent.Executor
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.ThreadPoolExecutor
import java.util.concurrent.TimeUnit

/**
 * Keeps what Android knows of this app's AIDs with the cards of the wallet. What is registered at run time takes the place of the
 * XML's group of the same category, so that one goes along whole.
 */
internal class CardAids private constructor(
    private val context: Context,
    private val service: Class<out PaymentService>,
    private val wallet: Wallet,
) {
    /** For which AIDs all is as it should be. Only the worker touches it. */
    private var settled: List<String>? = null

    private fun follow() {
        val aids = try {
            of(wallet)
        } catch (_: WalletException) {
            return
        }
        if (aids == settled) return
        settled = if (register(aids)) aids else null
    }

    private fun register(aids: List<String>): Boolean = try {
        val component = ComponentName(context, service)
        val declared = DeclaredService.read(context, component)
        val emulation = Routing.emulation(context)
        emulation != null && CATEGORIES.map { category ->
            val wanted = wanted(category, declared, aids)
            val registered = emulation.getAidsForService(component, category).orEmpty()
            when {
                registered.toSet() == wanted.toSet() -> true
                wanted.isEmpty() -> emulation.removeAidsForService(component, category)
                else -> emulation.registerAidsForService(component, category, wanted)
            }
        }.all { it }
    } catch (_: RuntimeException) {
        // The NFC service is not there. What it did not take stands in Routing.check, and the wallet's next change tries again.
        false
    }

    /** What is to be registered at run time in a category; nothing where the XML says it all. */
    private fun wanted(category: String, declared: DeclaredService, aids: List<String>): List<String> {
        val more = aids.filter { aid -> declared.aids.none { DeclaredService.covers(it, aid) } && category == categoryOf(aid, declared) }
        return if (more.isEmpty()) more else (declared.aids(category) + more).take(AIDS_AT_MOST)
    }

    companion object {
        /** Of Android's `AidGroup`. */
        private const val AIDS_AT_MOST = 256
        private val CATEGORIES = listOf(CardEmulation.CATEGORY_PAYMENT, CardEmulation.CATEGORY_OTHER)

        /** One of its own: an NFC service that does not answer keeps nothing of the wallet waiting. It ends when there is nothing to do. */
        internal val worker: Executor =
            ThreadPoolExecutor(0, 1, 5, TimeUnit.SECONDS, LinkedBlockingQueue()) { Thread(it, "hcepay-routing") }

        private var following: AutoCloseable? = null

        /** Instead of what was followed before. */
        fun follow(context: Context, service: Class<out PaymentService>, wallet: Wallet) {
            val aids = CardAids(context.applicationContext, service, wallet)
            synchronized(this) {
                following?.close()
                following = wallet.observe { worker.execute(aids::follow) }
            }
            worker.execute(aids::follow)
        }

        /** Those of the wallet's cards. */
        fun of(wallet: Wallet): List<String> = wallet.cards.flatMap { card -> card.applications.map { it.aid.uppercase() } }.distinct()

        /** ISO 7816-5: what begins with F nobody has registered, so it is no payment scheme's. */
        private fun categoryOf(aid: String, declared: DeclaredService): String =
            if (declared.isForPayments && !aid.startsWith('F')) CardEmulation.CATEGORY_PAYMENT else CardEmulation.CATEGORY_OTHER
    }
}
