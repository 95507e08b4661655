package org.hcepay

import android.Manifest
import android.content.ComponentName
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.content.pm.ServiceInfo
import android.content.res.XmlResourceParser
import android.nfc.cardemulation.CardEmulation
import android.nfc.cardemulation.HostApduService
import org.xmlpull.v1.XmlPullParser

/**
 * A payment service as the manifest and its XML declare it, read as Android's NFC service reads them: that one tells nobody what
 * it passes over.
 */
internal class DeclaredService private constructor(private val context: Context, private val component: ComponentName) {
    private val accepted = mapOf(CardEmulation.CATEGORY_PAYMENT to mutableListOf<String>(), CardEmulation.CATEGORY_OTHER to mutableListOf())
    private val ignored = mutableListOf<String>()

    /** What is wrong in the manifest, so that the whole service is passed over. */
    val faults: List<String>

    /** Whether there is a picture by which the holder knows it. */
    var hasBanner: Boolean = false
        private set

    init {
        val info = find()
        val xml = info?.loadXmlMetaData(context.packageManager, HostApduService.SERVICE_META_DATA)
        xml?.use(::read)
        faults = if (info == null) listOf("service") else faultsOf(info, xml != null)
    }

    /** The AIDs of the XML that count, in one category; of a prefix with `*` behind it, of a subset with `#`. */
    fun aids(category: String): List<String> = accepted.getValue(category)

    /** All of them. */
    val aids: List<String> get() = accepted.values.flatten()

    /** Those that do not count, as they are written. */
    val passedOver: List<String> get() = ignored

    /** Only such a service can be the phone's wallet. */
    val isForPayments: Boolean get() = aids(CardEmulation.CATEGORY_PAYMENT).isNotEmpty()

    private fun find(): ServiceInfo? = try {
        context.packageManager.getServiceInfo(component, PackageManager.GET_META_DATA or PackageManager.MATCH_DISABLED_COMPONENTS)
    } catch (_: PackageManager.NameNotFoundException) {
        null
    }

    private fun faultsOf(info: ServiceInfo, hasXml: Boolean): List<String> {
        val packages = context.packageManager
        val faults = mutableListOf<String>()
        if (!info.exported) faults += "android:exported"
        if (info.permission != Manifest.permission.BIND_NFC_SERVICE) faults += "android:permission"
        if (packages.checkPermission(Manifest.permission.NFC, info.packageName) !=
            PackageManager.PERMISSION_GRANTED
        ) {
            faults += "uses-permission"
        }
        val question = Intent(HostApduService.SERVICE_INTERFACE).setPackage(info.packageName)
        when {
            !isEnabled(info) -> faults += "android:enabled"
            packages.queryIntentServices(question, 0).none { it.serviceInfo.name == info.name } -> faults += "intent-filter"
        }
        if (!hasXml) faults += "meta-data"
        return faults
    }

    private fun isEnabled(info: ServiceInfo): Boolean = when (context.packageManager.getComponentEnabledSetting(component)) {
        PackageManager.COMPONENT_ENABLED_STATE_DEFAULT -> info.isEnabled
        else -> context.packageManager.getComponentEnabledSetting(component) == PackageManager.COMPONENT_ENABLED_STATE_ENABLED
    }

    private fun read(xml: XmlResourceParser) {
        val parser: XmlPullParser = xml
        var group: MutableList<String>? = null
        while (parser.next() != XmlPullParser.END_DOCUMENT) {
            if (parser.eventType != XmlPullParser.START_TAG) continue
            when (parser.name) {
                "host-apdu-service" -> hasBanner = xml.getAttributeResourceValue(ANDROID, "apduServiceBanner", 0) != 0
                "aid-group" -> group = group(xml.text(android.R.attr.category))
                "aid-filter" -> add(xml, "", group)
                "aid-prefix-filter" -> add(xml, "*", group)
                "aid-suffix-filter" -> add(xml, "#", group)
            }
        }
    }

    /** Groups outside the payment category add up; of those in it the first one with an AID counts. */
    private fun group(category: String?): MutableList<String>? = when (category) {
        CardEmulation.CATEGORY_PAYMENT -> accepted.getValue(category).takeIf { it.isEmpty() }
        else -> accepted.getValue(CardEmulation.CATEGORY_OTHER)
    }

    private fun add(xml: XmlResourceParser, ending: String, group: MutableList<String>?) {
        val written = xml.text(android.R.attr.name).orEmpty()
        val aid = written.uppercase() + ending
        when {
            group == null || !AID.matches(aid) -> ignored += written
            aid !in group -> group += aid
        }
    }

    /** An attribute, also where it is a reference to a string. */
    private fun XmlResourceParser.text(attribute: Int): String? {
        val attributes = context.resources.obtainAttributes(this, intArrayOf(attribute))
        return attributes.getString(0).also { attributes.recycle() }
    }

    companion object {
        private const val ANDROID = "http://schemas.android.com/apk/res/android"
        private val AID = Regex("([0-9A-F]{2}){5,16}[*#]?")

        fun read(context: Context, component: ComponentName): DeclaredService = DeclaredService(context, component)

        /** Whether a terminal that asks for the AID is led to where this one of the XML is. */
        fun covers(declared: String, aid: String): Boolean = when {
            declared.endsWith('*') -> aid.startsWith(declared.dropLast(1))
            declared.endsWith('#') -> declared.startsWith(aid)
            else -> declared == aid
        }
    }
}
