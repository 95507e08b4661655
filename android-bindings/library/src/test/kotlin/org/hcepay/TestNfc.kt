package org.hcepay

import android.Manifest.permission.BIND_NFC_SERVICE
import android.content.ComponentName
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.nfc.INfcAdapter
import android.nfc.INfcCardEmulation
import android.nfc.NfcAdapter
import android.nfc.cardemulation.AidGroup
import android.nfc.cardemulation.ApduServiceInfo
import android.nfc.cardemulation.CardEmulation
import android.nfc.cardemulation.HostApduService
import android.os.Binder
import android.os.DeadObjectException
import android.os.Parcel
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Implements
import org.robolectric.shadows.ShadowServiceManager
import org.robolectric.util.ReflectionHelpers
import org.robolectric.util.ReflectionHelpers.ClassParameter.from
import org.xmlpull.v1.XmlPullParserException
import java.lang.reflect.Proxy

/** A phone's NFC service, behind Android's own [CardEmulation]. What it knows of a service it reads and keeps as Android's does. */
class TestNfc {
    /** Android's own code, in front of an NFC service of the test's. */
    @Implements(CardEmulation::class)
    class CardEmulationItself

    private val context: Context get() = RuntimeEnvironment.getApplication()
    private val services = HashMap<ComponentName, ApduServiceInfo>()

    /** AIDs that go elsewhere. */
    val notRouted = mutableSetOf<String>()

    /** The category's default service, as it was before the wallet role. */
    var default: ComponentName? = null
    var preferred: ComponentName? = null
    var isPreferenceAllowed = true
    var looksForPrefixes = true

    /** Whether AIDs can be registered at run time. */
    var takesAids = true

    /** How often it was asked to change what is registered. */
    var changes = 0

    /** On Android 16, who is told what happens. */
    var events: Any? = null

    /** It answers. */
    fun start() = connect(
        Proxy.newProxyInstance(javaClass.classLoader, arrayOf(INfcCardEmulation::class.java)) { _, method, arguments ->
            answer(method.name, arguments.orEmpty())
        },
    )

    /** It has died: every call finds a dead object, and Android no other one in its place. */
    fun die() {
        breakDown { throw DeadObjectException() }
        leaves()
    }

    /** It fails in every call, and Android carries what it threw to the caller. */
    fun fail(failure: RuntimeException) = breakDown { it?.writeException(failure) }

    private fun breakDown(answer: (Parcel?) -> Unit) = connect(
        INfcCardEmulation.Stub.asInterface(object : Binder() {
            override fun onTransact(code: Int, data: Parcel, reply: Parcel?, flags: Int): Boolean {
                answer(reply)
                return true
            }
        }),
    )

    /** The process has gone and its service is not back yet: Android finds none. */
    fun isGone() {
        forget()
        leaves()
    }

    private fun leaves() {
        isDead = true
        ReflectionHelpers.setStaticField(NfcAdapter::class.java, "sCardEmulationService", null)
    }

    private fun forget() {
        ReflectionHelpers.setStaticField(CardEmulation::class.java, "sIsInitialized", false)
        ReflectionHelpers.setStaticField(CardEmulation::class.java, "sCardEmus", HashMap<Context, CardEmulation>())
    }

    /** Where Android looks for the NFC service anew it finds this one, dead or alive. */
    private val adapter = Proxy.newProxyInstance(javaClass.classLoader, arrayOf(INfcAdapter::class.java)) { _, method, _ ->
        if (isDead) throw DeadObjectException()
        when (method.returnType) {
            Boolean::class.javaPrimitiveType -> false
            Int::class.javaPrimitiveType -> NfcAdapter.STATE_ON
            else -> null
        }
    } as INfcAdapter
    private var isDead = false

    private fun connect(service: Any?) {
        isDead = false
        ShadowServiceManager.addBinderService("nfc", INfcAdapter::class.java, adapter)
        forget()
        val parameters = arrayOf(from(Context::class.java, context), from(INfcCardEmulation::class.java, service))
        val emulation = ReflectionHelpers.callConstructor(CardEmulation::class.java, *parameters)
        ReflectionHelpers.setStaticField(CardEmulation::class.java, "sCardEmus", hashMapOf(context to emulation))
    }

    /** What it knows of a service: its XML, and what was registered at run time. Null where it passes over it. */
    fun service(name: ComponentName): ApduServiceInfo? = services[name] ?: read(name)?.also { services[name] = it }

    private fun read(name: ComponentName): ApduServiceInfo? {
        val question = Intent(HostApduService.SERVICE_INTERFACE).setPackage(name.packageName)
        val found = context.packageManager.queryIntentServices(question, PackageManager.GET_META_DATA)
            .find { it.serviceInfo.name == name.className && it.serviceInfo.exported && it.serviceInfo.permission == BIND_NFC_SERVICE }
        return try {
            found?.let { ApduServiceInfo(context.packageManager, it, true) }
        } catch (_: XmlPullParserException) {
            null
        }
    }

    /** Terminals that ask for these reach the service. */
    fun aids(service: Class<out PaymentService>, category: String): Set<String> =
        service(ComponentName(context, service))?.let { known ->
            known.aids.filter { known.getCategoryForAid(it) == category }
        }.orEmpty().toSet()

    /** What was registered for the service at run time. */
    fun atRunTime(service: Class<out PaymentService>, category: String): AidGroup? =
        service(ComponentName(context, service))?.let { atRunTime(it, category) }

    /** Null where there are none, whatever Android's annotations say. */
    private fun atRunTime(service: ApduServiceInfo, category: String): AidGroup? =
        ReflectionHelpers.callInstanceMethod(service, "getDynamicAidGroupForCategory", from(String::class.java, category))

    private fun register(service: ApduServiceInfo, aids: AidGroup) {
        val name = if (RuntimeEnvironment.getApiLevel() < 33) "setOrReplaceDynamicAidGroup" else "setDynamicAidGroup"
        ReflectionHelpers.callInstanceMethod<Unit>(service, name, from(AidGroup::class.java, aids))
    }

    private fun known(arguments: Array<out Any?>) = service(arguments[1] as ComponentName)

    private fun change(arguments: Array<out Any?>, change: (ApduServiceInfo) -> Unit): Boolean {
        changes++
        val known = known(arguments)?.takeIf { takesAids } ?: return false
        change(known)
        return true
    }

    private fun answer(question: String, arguments: Array<out Any?>): Any? = when (question) {
        "isDefaultServiceForCategory" -> arguments[1] == default && arguments[2] == CardEmulation.CATEGORY_PAYMENT
        "isDefaultServiceForAid" -> arguments[2] !in notRouted && arguments[2] in known(arguments)?.aids.orEmpty()
        "supportsAidPrefixRegistration" -> looksForPrefixes
        "getAidGroupForService" -> known(arguments)?.let { atRunTime(it, arguments[2] as String) }
        "registerAidGroupForService" -> change(arguments) { register(it, arguments[2] as AidGroup) }
        "removeAidGroupForService" -> change(arguments) { it.removeDynamicAidGroupForCategory(arguments[2] as String) }
        "setPreferredService" -> isPreferenceAllowed.also { if (it) preferred = arguments[0] as ComponentName }
        "unsetPreferredService" -> (preferred != null).also { preferred = null }
        "registerNfcEventCallback" -> events = arguments[0]
        "unregisterNfcEventCallback" -> events = null
        "asBinder" -> Binder()
        else -> error("nobody asks for $question")
    }
}
