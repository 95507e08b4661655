package org.hcepay.demo

import android.app.Activity
import android.view.View
import android.view.ViewGroup
import android.widget.EditText
import android.widget.TextView

/** All that can be read on a screen, from the top down. */
fun Activity.read(): List<String> = texts(requireViewById(android.R.id.content))

private fun texts(view: View): List<String> = when {
    view.visibility != View.VISIBLE -> emptyList()
    view is TextView -> listOf(view.text.toString()).filter(String::isNotEmpty)
    view is ViewGroup -> (0 until view.childCount).flatMap { texts(view.getChildAt(it)) }
    else -> listOfNotNull(view.contentDescription?.toString())
}

/** Presses what says this. */
fun Activity.press(words: String) {
    val pressed = checkNotNull(pressable(words)) { "$words is not there, or not only once, among ${read()}" }
    check(pressed.performClick()) { "$words does nothing" }
}

/** What is pressed by these words; null where they do not stand there, or not only once. */
fun Activity.pressable(words: String): View? {
    val found = all(requireViewById(android.R.id.content)).singleOrNull { it.says(words) }
    return generateSequence(found) { it.parent as? View }.find(View::isClickable)
}

/** In letters, or as a picture does it to who cannot see it. */
private fun View.says(words: String): Boolean = (if (this is TextView) text else contentDescription)?.toString() == words

/** A card on the screen is pressed. */
fun Activity.pressCard(lastFour: String) {
    val spoken = lastFour.toList().joinToString(" ")
    val found = all(requireViewById(android.R.id.content)).single { spoken in (it.contentDescription ?: "") }
    check(found.isClickable && found.performClick()) { "the card does nothing" }
}

/** Types into the one field there is. */
fun Activity.type(text: String) = (all(requireViewById(android.R.id.content)).single { it is EditText } as EditText).setText(text)

fun all(view: View): List<View> =
    listOf(view) + ((view as? ViewGroup)?.let { group -> (0 until group.childCount).flatMap { all(group.getChildAt(it)) } }.orEmpty())
