package org.hcepay

import android.content.Intent

/** What an app would write. */
open class TestPaymentService : PaymentService() {
    val reports = mutableListOf<TapReport>()
    var screen: Intent? = null

    override fun onTap(report: TapReport) {
        reports += report
    }

    override fun verificationScreen(report: TapReport): Intent? = screen
}

/** The same, on locked phones too. */
class TwoTapService : TestPaymentService()

/** One of its AIDs is misspelt. */
class MisspeltService : TestPaymentService()

/** Cards of an own scheme, no payments. */
class ClosedLoopService : TestPaymentService()

/** Declares the payment directory alone. */
class DirectoryService : TestPaymentService()

/** Android passes over many of its AIDs. */
class PassedOverService : TestPaymentService()

/** Nowhere in the manifest. */
class UndeclaredService : TestPaymentService()
