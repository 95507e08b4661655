package org.hcepay.demo

import org.hcepay.Alert
import org.hcepay.AlertAction
import org.hcepay.AlertRule
import org.hcepay.TestPrompt
import org.hcepay.demo.journal.AlertWords
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.File

/** Alerts in words: in English the core's own sentences. StringsTest sees that they are in Chinese, too. */
@RunWith(DemoRunner::class)
@Config(shadows = [TestPrompt::class])
class AlertWordsTest {
    private fun told(rule: AlertRule, vararg evidence: Long): String {
        val made = Alert::class.java.declaredConstructors.single { it.parameterCount == 8 }
        made.isAccessible = true
        val alert = made.newInstance(1L, 1L, rule, AlertAction.NOTE, 0L, null, evidence.toList(), "") as Alert
        AlertWords.evidence(RuntimeEnvironment.getApplication(), alert)
        return AlertWords.sentence(RuntimeEnvironment.getApplication(), alert)
    }

    private fun withoutNumbers(text: String) = text.replace(Regex("\\{[^}]*}|[0-9]+"), "#")

    @Test
    fun everyAlertIsToldInTheSentenceOfTheCore() {
        val source = File("../rust-core/src/card/alert.rs").readText().substringAfter("fn sentence").substringBefore("#[cfg(test)]")
        // Each as it stands there, without what it tells of numbers. What goes into one by words is told by one of its own here.
        val parts = mapOf(
            "way" to listOf("ahead of", "behind"),
            "what" to Regex("=> \"([^\"]*)\",").findAll(source).map { it.groupValues[1] }.toList(),
        )
        val core = Regex("\"([^\"]*\\.)\"").findAll(source).map { it.groupValues[1] }.flatMap { text ->
            val part = parts.keys.find { "{$it}" in text } ?: return@flatMap listOf(text)
            parts.getValue(part).map { text.replace("{$part}", it) }
        }.map { withoutNumbers(it.replace("24", "#")) }.toSet()
        val here = AlertRule.entries.flatMap { rule ->
            val evidence = when (rule) {
                AlertRule.UNUSUAL_TYPE -> listOf(0x01L, 0x09L, 0x20L, 0x77L).map { longArrayOf(it, 1, 1) }
                else -> listOf(longArrayOf(9, 1, 120_000), longArrayOf(1, 3, 120_000))
            }
            evidence.map { withoutNumbers(told(rule, *it)) }
        }.toSet()
        assertEquals(core, here)
    }

    @Test
    fun everyNumberStandsWhereItBelongs() {
        assertEquals(
            "A terminal says that it stands in country 9, 2 minutes after one that said 3.",
            told(AlertRule.COUNTRY_CHANGED, 9, 3, 120_000),
        )
        assertEquals(
            "A terminal asked for an amount 3 times as large as the largest of the last 90 days.",
            told(AlertRule.LARGE_AMOUNT, 90_00, 30_00, 978),
        )
        assertEquals("A terminal says that its date is 3 days ahead of the phone's.", told(AlertRule.TERMINAL_DATE_WRONG, 3, 1))
        assertEquals("A terminal says that its date is 3 days behind the phone's.", told(AlertRule.TERMINAL_DATE_WRONG, 3, 0))
        assertEquals(
            "The same amount was asked for twice within 31 s, by terminals that gave the same name.",
            told(AlertRule.DOUBLE_CHARGE, 12_50, 978, 30_500),
        )
        assertEquals("The phone's clock was set back by 90 minutes.", told(AlertRule.CLOCK_SET_BACK, 90 * 60_000))
    }

    @Test
    fun anAlertWithoutEvidenceIsToldAllTheSame() {
        for (rule in AlertRule.entries) assertTrue(rule.name, told(rule).endsWith("."))
    }
}
