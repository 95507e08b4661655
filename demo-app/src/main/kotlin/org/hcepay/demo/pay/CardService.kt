package org.hcepay.demo.pay

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Intent
import android.os.VibrationEffect
import android.os.Vibrator
import org.hcepay.PaymentService
import org.hcepay.TapReport
import org.hcepay.demo.R
import org.hcepay.demo.demo

/** The card that terminals meet. */
class CardService : PaymentService() {
    override fun onTap(report: TapReport) = demo.onTap(report)

    override val watchesExchanges: Boolean get() = demo.isForEngineers

    override fun onContactBegins() = demo.timeline.begin()

    override fun onExchange(command: ByteArray, answer: ByteArray, nanoseconds: Long) = demo.timeline.add(command, answer, nanoseconds)

    override fun onCryptogramGiven() {
        getSystemService(Vibrator::class.java)?.vibrate(VibrationEffect.createOneShot(BUZZ_MS, VibrationEffect.DEFAULT_AMPLITUDE))
    }

    override fun verificationScreen(report: TapReport): Intent = PayActivity.asking(this, report)

    override fun verificationNotification(report: TapReport, screen: Intent): Notification {
        val channel = NotificationChannel("pay", getString(R.string.channel_payments), NotificationManager.IMPORTANCE_HIGH)
        getSystemService(NotificationManager::class.java)?.createNotificationChannel(channel)
        val opening = PendingIntent.getActivity(this, 0, screen, PendingIntent.FLAG_IMMUTABLE or PendingIntent.FLAG_UPDATE_CURRENT)
        return Notification.Builder(this, channel.id)
            .setSmallIcon(R.drawable.ic_card)
            .setContentTitle(getString(R.string.verify_to_pay))
            .setContentText(getString(R.string.verify_to_pay_about))
            .setContentIntent(opening)
            .setAutoCancel(true)
            .build()
    }

    private companion object {
        const val BUZZ_MS = 40L
    }
}
