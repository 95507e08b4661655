package org.hcepay.demo

import org.hcepay.demo.look.DeskWords
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File

/** The demo's terminal and issuer say codes: those that stand in their sources. StringsTest sees that the words are in both languages. */
class DeskWordsTest {
    /** What a function of a source gives. */
    private fun given(path: String, function: String, after: String = ""): List<String> {
        val source = File("..", path).readText().substringAfter(after).substringAfter("fn $function(")
        return Regex("=> \"([^\"]*)\",").findAll(source.substringBefore("\n    }\n")).map { it.groupValues[1] }.toList()
    }

    private fun haveWords(codes: List<String>, known: String, words: (String) -> Int?) {
        assertTrue("$codes", known in codes && codes.size == codes.toSet().size)
        for (code in codes) assertNotNull(code, words(code))
        assertEquals("no two are alike", codes.size, codes.map(words).toSet().size)
    }

    @Test
    fun everyReasonOfTheTerminalHasWords() {
        val torn = Regex("\"torn\", \"([^\"]*)\"").findAll(File("desk/src/message.rs").readText()).map { it.groupValues[1] }.toList()
        assertEquals(3, torn.size)
        haveWords(given("tests/terminal/outcome.rs", "name", after = "impl Reason") + torn, "verified-on-device", DeskWords::reason)
    }

    @Test
    fun everyVerdictOfTheIssuerHasWords() =
        haveWords(given("tests/issuer/verification.rs", "name", after = "impl Verdict"), "atc-replay", DeskWords::verdict)

    @Test
    fun everyCheckOfTheIssuerHasWords() {
        val sources = listOf("verification", "online", "consumer_code", "transfers").map { File("../tests/issuer/$it.rs").readText() }
        val names = sources.flatMap { Regex("take\\(steps, \"([^\"]*)\"").findAll(it) }.map { it.groupValues[1] }
        haveWords(names.distinct().map { it.lowercase().replace(' ', '-') }, "atc-new", DeskWords::check)
    }

    @Test
    fun everyPurposeOfACommandHasWords() =
        haveWords(given("tests/desk/src/decoded.rs", "name", after = "impl Purpose"), "choose-application", DeskWords::purpose)

    @Test
    fun whateverBecomesOfACouponHasWords() {
        val codes = given("demo-app/desk/src/coupons.rs", "name", after = "impl Became")
        haveWords(codes, "taken", DeskWords::coupon)
        val variants = File("desk/src/coupons.rs").readText().substringAfter("pub enum Became {").substringBefore("\n}\n")
        val refusals = File("../tests/merchant/coupons.rs").readText().substringAfter("pub enum NotTaken {").substringBefore("\n}\n")
        val count = listOf(variants, refusals).sumOf { Regex("(?m)^    [A-Z]\\w+").findAll(it).count() }
        assertEquals("each of them, and each refusal in the place of the one that holds them", count - 1, codes.size)
    }

    @Test
    fun everyStatusWordThatTheDeskKnowsHasWords() {
        val table = File("../tests/desk/src/names.rs").readText().substringAfter("fn status_word(").substringBefore("\n    }\n")
        val known = Regex("0x([0-9A-F]{4}) =>").findAll(table).map { it.groupValues[1].toInt(16) }.toList()
        assertTrue("$known", 0x9000 in known && 0x6985 in known)
        val words = known.map(DeskWords::statusWord)
        assertTrue("$known", DeskWords.statusWord(0x6FFF) !in words && words.size == words.toSet().size)
        assertNotEquals(DeskWords.statusWord(null), DeskWords.statusWord(0x6FFF))
    }
}
