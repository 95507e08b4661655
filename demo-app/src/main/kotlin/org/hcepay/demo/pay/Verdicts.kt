package org.hcepay.demo.pay

import android.content.Context
import org.hcepay.demo.R
import org.hcepay.demo.desk.Check
import org.hcepay.demo.desk.Verdict
import org.hcepay.demo.look.DeskWords
import org.hcepay.demo.look.Page

/** What the bank said of a payment, and what it had checked. */
internal class Verdicts(private val context: Context, private val page: Page) {
    /** Null where it was not asked. */
    fun headline(verdict: Verdict?) {
        val words = when {
            verdict == null -> R.string.bank_not_asked
            verdict.isApproved -> R.string.bank_approves
            else -> R.string.bank_declines
        }
        page.headline(context.getText(words))
    }

    /** @param valid what it means where all is right */
    fun checks(verdict: Verdict, valid: Int = R.string.desk_verdict_valid) {
        page.section(context.getText(R.string.self_test_verdict))
        page.text(if (verdict.isApproved) context.getText(valid) else words(DeskWords.verdict(verdict.code), verdict.code))
        for (check in verdict.checks) page.row(words(DeskWords.check(check.code), check.code), found(check))
    }

    /** A code for which this app has no words stands for itself. */
    private fun words(words: Int?, code: String): CharSequence = words?.let(context::getText) ?: code

    private fun found(check: Check): CharSequence {
        val isPassed = check.isPassed
        // What was found is said in English.
        if (!context.resources.getBoolean(R.bool.shows_what_was_found)) {
            return context.getText(if (isPassed) R.string.passed else R.string.failed)
        }
        return context.getString(if (isPassed) R.string.check_passed else R.string.check_failed, check.found)
    }
}
