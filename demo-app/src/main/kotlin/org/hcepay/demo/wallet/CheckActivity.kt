package org.hcepay.demo.wallet

import android.Manifest.permission.POST_NOTIFICATIONS
import android.app.NotificationManager
import android.content.ActivityNotFoundException
import android.content.Intent
import android.content.pm.PackageManager
import android.os.Build
import android.os.Bundle
import android.provider.Settings
import org.hcepay.Finding
import org.hcepay.FindingKind
import org.hcepay.Routing
import org.hcepay.demo.R
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.Screen
import org.hcepay.demo.look.Words
import org.hcepay.demo.pay.CardService

/** What keeps readers from the card on this phone, each with what mends it. */
class CheckActivity : Screen() {
    override val showsCards get() = false

    /** Android does not ask the holder any more: only its settings help. */
    private var isAskedInVain = false

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        isAskedInVain = savedInstanceState?.getBoolean(ASKED_IN_VAIN) ?: false
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putBoolean(ASKED_IN_VAIN, isAskedInVain)
    }

    /** The holder may come back from the setting. */
    override fun onResume() {
        super.onResume()
        redraw()
    }

    override fun draw(page: Page) {
        val findings = Routing.check(this, CardService::class.java)
        val isSilent = getSystemService(NotificationManager::class.java)?.areNotificationsEnabled() == false || !mayNotify()
        if (findings.isEmpty() && !isSilent) {
            page.headline(getText(R.string.nothing_in_the_way))
            page.text(getText(R.string.nothing_in_the_way_about))
            return
        }
        page.headline(getText(R.string.in_the_way))
        for (finding in findings) finding(page, finding)
        if (isSilent) notifications(page)
    }

    private fun finding(page: Page, finding: Finding) {
        val words = getText(Words.finding(finding.kind))
        if (finding.kind in GOOD_TO_KNOW) page.text(words) else page.warning(words)
        finding.mending?.let { setting -> page.otherButton(getText(R.string.mend)) { open(setting) } }
    }

    private fun notifications(page: Page) {
        page.warning(getText(R.string.no_notifications))
        if (Build.VERSION.SDK_INT >= 33 && !mayNotify() && !isAskedInVain) {
            page.otherButton(getText(R.string.allow_notifications)) { requestPermissions(arrayOf(POST_NOTIFICATIONS), NOTIFY) }
        } else {
            val setting = Intent(Settings.ACTION_APP_NOTIFICATION_SETTINGS).putExtra(Settings.EXTRA_APP_PACKAGE, packageName)
            page.otherButton(getText(R.string.mend)) { open(setting) }
        }
    }

    private fun mayNotify(): Boolean =
        Build.VERSION.SDK_INT < 33 || checkSelfPermission(POST_NOTIFICATIONS) == PackageManager.PERMISSION_GRANTED

    override fun onRequestPermissionsResult(requestCode: Int, permissions: Array<out String>, grantResults: IntArray) {
        super.onRequestPermissionsResult(requestCode, permissions, grantResults)
        if (requestCode == NOTIFY) isAskedInVain = !mayNotify() && !shouldShowRequestPermissionRationale(POST_NOTIFICATIONS)
        redraw()
    }

    @Suppress("DEPRECATION")
    private fun open(setting: Intent) {
        try {
            startActivityForResult(setting, SETTING)
        } catch (_: ActivityNotFoundException) {
            // Not every phone has every page of the settings; this one all have.
            startActivityForResult(Intent(Settings.ACTION_SETTINGS), SETTING)
        }
    }

    private companion object {
        const val ASKED_IN_VAIN = "asked-in-vain"
        const val SETTING = 1
        const val NOTIFY = 2

        /** The card pays all the same. */
        val GOOD_TO_KNOW = setOf(FindingKind.SECURE_NFC, FindingKind.UNKNOWN_MANUFACTURER_SWITCH)
    }
}
