package org.hcepay.demo

import org.hcepay.TapReason
import org.hcepay.demo.look.Words
import org.junit.Assert.assertEquals
import org.junit.Test
import java.io.File
import javax.xml.parsers.DocumentBuilderFactory

/** Why a payment ended as it did: in English the core's own sentences. StringsTest sees that they are in Chinese, too. */
class WhyTest {
    /** By the reason's name. */
    private fun ofTheCore(path: String): Map<String, String> {
        val source = File("../rust-core/src", path).readText()
        return Regex("Reason::(\\w+) => \\{?\\s*\"([^\"]*)\"").findAll(source).associate {
            it.groupValues[1].replace(Regex("(?<!^)(?=[A-Z])"), "_").uppercase() to it.groupValues[2]
        }
    }

    /** As it stands in the resources. */
    private fun english(id: Int): String {
        val name = R.string::class.java.fields.single { it.getInt(null) == id }.name
        val entries = listOf("strings", "remote").flatMap { file ->
            val strings = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(File("src/main/res/values/$file.xml"))
            strings.getElementsByTagName("string").let { found -> List(found.length, found::item) }
        }
        val entry = entries.single { it.attributes.getNamedItem("name").nodeValue == name }
        return entry.textContent.replace("\\'", "'")
    }

    @Test
    fun everyReasonIsToldInTheSentenceOfTheCore() {
        val why = ofTheCore("card/why.rs")
        for (reason in TapReason.entries) assertEquals(reason.name, why[reason.name], english(Words.reason(reason)))
    }

    @Test
    fun everyRefusalWithoutAReaderIsToldInTheSentenceOfTheCore() {
        val why = ofTheCore("card/why.rs") + ofTheCore("remote/not_paid.rs")
        val (card, payment) = TapReason.ARMED_FOR_ANOTHER_CARD to TapReason.ARMED_FOR_ANOTHER_PAYMENT
        assertEquals("one sentence", Words.notPaid(payment), Words.notPaid(card))
        for (reason in TapReason.entries - card) assertEquals(reason.name, why[reason.name], english(Words.notPaid(reason)))
    }
}
