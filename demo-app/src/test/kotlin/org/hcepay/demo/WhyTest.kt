package org.hcepay.demo

import org.hcepay.TapReason
import org.hcepay.demo.look.Words
import org.junit.Assert.assertEquals
import org.junit.Test
import java.io.File
import javax.xml.parsers.DocumentBuilderFactory

/** Why a tap ended as it did: in English the core's own sentences. StringsTest sees that they are in Chinese, too. */
class WhyTest {
    /** By the reason's name. */
    private fun ofTheCore(): Map<String, String> {
        val source = File("../rust-core/src/card/why.rs").readText()
        return Regex("Reason::(\\w+) => \\{?\\s*\"([^\"]*)\"").findAll(source).associate {
            it.groupValues[1].replace(Regex("(?<!^)(?=[A-Z])"), "_").uppercase() to it.groupValues[2]
        }
    }

    /** As it stands in the resources. */
    private fun english(id: Int): String {
        val name = R.string::class.java.fields.single { it.getInt(null) == id }.name
        val strings = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(File("src/main/res/values/strings.xml"))
        val entries = strings.getElementsByTagName("string")
        val entry = List(entries.length) { entries.item(it) }.single { it.attributes.getNamedItem("name").nodeValue == name }
        return entry.textContent.replace("\\'", "'")
    }

    @Test
    fun everyReasonIsToldInTheSentenceOfTheCore() {
        val why = ofTheCore()
        for (reason in TapReason.entries) assertEquals(reason.name, why[reason.name], english(Words.reason(reason)))
    }
}
