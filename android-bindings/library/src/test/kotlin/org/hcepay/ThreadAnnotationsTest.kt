package org.hcepay

import android.app.Activity
import android.content.Context
import android.os.CancellationSignal
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.annotation.Config
import org.w3c.dom.Element
import java.io.File
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Modifier
import java.lang.reflect.Proxy
import javax.crypto.Cipher
import javax.xml.parsers.DocumentBuilderFactory
import java.lang.reflect.Method as JavaMethod

/** What lint is told of threads, by annotations.zip in the AAR, is what the library does. */
@RunWith(SandboxRunner::class)
@Config(shadows = [TestPrompt::class])
class ThreadAnnotationsTest {
    @get:Rule
    val phone = TestPhone()

    /** By the names that stand in the AAR: class, what comes back, method and parameters. */
    private val methods: Map<String, JavaMethod> = run {
        val dump = File("api/hcepay.api").readText()
        val classes = Regex("""(?:class|interface) (org/hcepay/\S+)""").findAll(dump).map { it.groupValues[1].replace('/', '.') }
        classes.flatMap { javaClass.classLoader!!.loadClass(it).declaredMethods.toList() }.filter(::isForApps).associateBy(::name)
    }

    private val told: Map<String, String> = run {
        val file = File("src/main/annotations/org/hcepay/annotations.xml")
        val items = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file).getElementsByTagName("item")
        (0 until items.length).map { items.item(it) as Element }.associate {
            it.getAttribute("name") to (it.getElementsByTagName("annotation").item(0) as Element).getAttribute("name")
        }
    }

    @Test
    fun eachNameIsOfAMethodForApps() {
        assertEquals(emptySet<String>(), told.keys - methods.keys)
        assertEquals(setOf(WORKER, MAIN), told.values.toSet())
    }

    @Test
    fun lintKeepsAppsFromCallingOnTheMainThreadWhatRefusesIt() {
        val wallet = phone.walletWith("kernel3-cvn18")
        val called = methods.filterValues { Modifier.isStatic(it.modifiers) || receiver(it, wallet) != null }
        val refusing = called.filterValues { refusesMainThread(it, wallet) }.keys
        assertTrue("${refusing.size} of ${called.size}", refusing.size in 10 until called.size)
        assertEquals(lines(refusing), lines(told.filterValues(WORKER::equals).keys))
    }

    @Test
    fun whatAppsGiveForAndroidToCallIsCalledOnTheMainThread() {
        val overridden = methods.filterValues {
            it.declaringClass in setOf(PaymentService::class.java, Verification.Callback::class.java, NfcListener::class.java) &&
                !Modifier.isFinal(it.modifiers)
        }
        val called = methods.filterValues { it.name in setOf("request", "prefer", "release") }
        assertEquals(lines((overridden + called).keys), lines(told.filterValues(MAIN::equals).keys))
    }

    private fun lines(names: Set<String>): String = names.sorted().joinToString("\n")

    /** Neither Kotlin's own nor what is internal to the library: their names hold a dollar sign. */
    private fun isForApps(method: JavaMethod): Boolean =
        method.modifiers and (Modifier.PUBLIC or Modifier.PROTECTED) != 0 && !method.isSynthetic && '$' !in method.name

    private fun name(method: JavaMethod): String = method.run {
        val parameters = genericParameterTypes.joinToString { it.typeName }
        "${declaringClass.name} ${genericReturnType.typeName} $name($parameters)".replace('$', '.')
    }

    private fun receiver(method: JavaMethod, wallet: Wallet): Any? = when (method.declaringClass) {
        Wallet::class.java -> wallet
        Wallet.Companion::class.java -> Wallet.Companion
        Authentication.Companion::class.java -> Authentication.Companion
        else -> null
    }

    /** It is called here, on the main thread. */
    private fun refusesMainThread(method: JavaMethod, wallet: Wallet): Boolean = try {
        method.invoke(receiver(method, wallet), *method.parameterTypes.map { argument(it, wallet) }.toTypedArray())
        false
    } catch (thrown: InvocationTargetException) {
        thrown.cause is IllegalStateException && "call it on a worker thread" in thrown.cause?.message.orEmpty()
    }

    private fun argument(type: Class<*>, wallet: Wallet): Any? = when (type) {
        Context::class.java -> phone.context
        Activity::class.java -> Robolectric.buildActivity(Activity::class.java).setup().get()
        Wallet::class.java -> wallet
        Card::class.java -> wallet.cards.single()
        Coupon::class.java -> MessageReaderTest.coupon()
        Authentication::class.java -> Authentication.reported(Method.UNKNOWN, null)
        Method::class.java -> Method.UNKNOWN
        Cipher::class.java -> null
        ByteArray::class.java -> ByteArray(0)
        String::class.java -> "1"
        Int::class.javaPrimitiveType -> 30
        Long::class.javaPrimitiveType -> 0L
        Runnable::class.java -> Runnable {}
        Scope::class.java -> Scope.ANY_CARD
        OnlineOrder::class.java -> OnlineOrder.of(Amount(1, 978), "shop", "Shop", ByteArray(8))
        MerchantCode::class.java -> MerchantCode.read(RemotePaymentsTest.PLAIN)
        Transfer::class.java -> Transfer.of(Amount(1, 978), "4711", "Ann")
        Int::class.javaObjectType, Long::class.javaObjectType -> null
        TapReport::class.java -> TapReport.ofFault()
        Amount::class.java -> Amount(0, 978)
        List::class.java -> emptyList<Allowance>()
        TemporaryUse::class.java -> TemporaryUse(null, 1)
        Boolean::class.javaPrimitiveType -> false
        Class::class.java -> TestPaymentService::class.java
        PromptText::class.java -> PromptText("Pay", null, "Back")
        CancellationSignal::class.java -> CancellationSignal()
        Verification.Callback::class.java, NfcListener::class.java -> deaf(type)
        else -> error("this test has no $type to give")
    }

    private fun deaf(type: Class<*>): Any = Proxy.newProxyInstance(type.classLoader, arrayOf(type)) { _, _, _ -> null }

    private companion object {
        const val WORKER = "androidx.annotation.WorkerThread"
        const val MAIN = "androidx.annotation.MainThread"
    }
}
