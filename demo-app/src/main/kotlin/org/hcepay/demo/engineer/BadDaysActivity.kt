package org.hcepay.demo.engineer

import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.demo
import org.hcepay.demo.look.Days
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.WalletScreen
import org.hcepay.demo.pay.SelfTestActivity

/** Buttons that break things, so that every bad day can be seen on purpose. */
class BadDaysActivity : WalletScreen() {
    private val breaking get() = demo.breaking

    override fun draw(page: Page, wallet: Wallet) {
        page.text(getText(R.string.bad_days_about))
        news(page)
        if (demo.work != null) return
        page.section(getText(R.string.bad_process))
        page.text(getText(R.string.bad_process_about))
        page.otherButton(getText(R.string.end_process)) { breaking.endProcess() }
        contact(page, wallet)
        bank(page)
        keys(page)
        clock(page, wallet)
        copy(page)
    }

    private fun contact(page: Page, wallet: Wallet) {
        if (wallet.cards.isEmpty()) return
        page.section(getText(R.string.bad_contact))
        page.text(getText(R.string.bad_contact_about))
        page.otherButton(getText(R.string.tear_contact)) {
            demo.selfTest(AMOUNT, EURO, tearAfter = 3)
            show(SelfTestActivity::class.java)
        }
    }

    private fun bank(page: Page) {
        page.section(getText(R.string.bad_bank))
        if (demo.refusesNext) {
            page.text(getText(R.string.refuses_next))
        } else {
            page.otherButton(getText(R.string.refuse_next)) { demo.refuseNext() }
        }
    }

    private fun keys(page: Page) {
        page.section(getText(R.string.bad_keys))
        page.text(getText(R.string.bad_keys_about))
        page.otherButton(getText(R.string.lose_payments)) { demo.breakThings { losePayments() } }
        asksTwice(page, R.string.lose_wallet_key, R.string.lose_wallet_key_question, R.string.lose_wallet_key_yes) {
            demo.breakThings {
                loseWalletKey()
                endProcess()
            }
        }
    }

    private fun clock(page: Page, wallet: Wallet) {
        page.section(getText(R.string.bad_clock))
        if (wallet.isClockSetBack) {
            page.text(getText(R.string.bad_clock_now))
            page.otherButton(getText(R.string.clock_right)) { demo.setBanksClock(daysAhead = 0) }
        } else {
            page.text(getText(R.string.bad_clock_about))
            page.otherButton(getText(R.string.clock_back)) { demo.setBanksClock(daysAhead = 5) }
        }
    }

    private fun copy(page: Page) {
        page.section(getText(R.string.bad_copy))
        page.text(getText(R.string.bad_copy_about))
        page.otherButton(getText(R.string.keep_copy)) { demo.breakThings { keepCopy() } }
        val at = breaking.copiedAt ?: return
        val kept = getString(R.string.day_and_time, Days.words(this, Days.of(at)), Days.timeOfDay(this, at))
        page.small(getString(R.string.copy_kept, kept))
        page.otherButton(getText(R.string.put_copy_back)) {
            demo.breakThings {
                putCopyBack()
                endProcess()
            }
        }
    }

    private companion object {
        const val AMOUNT = 12_50L
        const val EURO = 978
    }
}
