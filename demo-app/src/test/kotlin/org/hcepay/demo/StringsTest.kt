package org.hcepay.demo

import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.w3c.dom.Element
import java.io.File
import javax.xml.parsers.DocumentBuilderFactory

/** The words of the app, in all its languages. */
class StringsTest {
    /** By name: what stands there, for each quantity where there are several. */
    private fun words(folder: String): Map<String, List<String>> {
        val files = listOf("strings.xml", "remote.xml", "account.xml", "coupon.xml", "desk.xml").map { File("src/main/res/$folder/$it") }
        val entries = files.flatMap { file ->
            val nodes = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file).documentElement.childNodes
            (0 until nodes.length).mapNotNull { nodes.item(it) as? Element }
        }
        assertEquals("each name once", entries.size, entries.map { it.getAttribute("name") }.toSet().size)
        return entries.associate { entry ->
            val items = entry.getElementsByTagName("item")
            val texts = if (entry.tagName == "plurals") List(items.length) { items.item(it).textContent } else listOf(entry.textContent)
            entry.getAttribute("name") to texts
        }
    }

    private fun placeholders(text: String): List<String> = Regex("%(\\d+\\$)?[ds]").findAll(text).map { it.value }.sorted().toList()

    @Test
    fun everyStringIsInBothLanguagesWithTheSamePlaceholders() {
        val (english, chinese) = words("values") to words("values-zh-rCN")
        assertEquals(english.keys, chinese.keys)
        for ((name, texts) in english) {
            val wanted = texts.map(::placeholders).toSet()
            assertEquals(name, wanted, chinese.getValue(name).map(::placeholders).toSet())
        }
    }

    @Test
    fun everyChineseStringIsChinese() {
        val alike = setOf("exchange", "covered", "card_name", "day_and_time", "moment_and_age", "application_about", "next_and_name")
        for ((name, texts) in words("values-zh-rCN") - alike) {
            for (text in texts) assertTrue("$name: $text", text.any { Character.UnicodeScript.of(it.code) == Character.UnicodeScript.HAN })
        }
    }
}
