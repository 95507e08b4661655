package org.hcepay.demo

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Color
import android.graphics.Paint
import android.graphics.Rect
import android.view.View
import android.widget.TextView
import kotlin.math.max
import kotlin.math.min

/** What of a screen cannot be read, measured on its picture. */
object Legibility {
    /** WCAG 2.1, criterion 1.4.3. */
    private const val LEAST_CONTRAST = 4.5

    fun faults(screen: Activity, picture: Bitmap): List<String> =
        all(screen.requireViewById(R.id.screen)).filter { it.isShown }.flatMap { view ->
            when {
                view is TextView && view.text.isNotEmpty() -> faults("${view.text}", picture, within(view)) + unknown(view)
                // A button of a picture alone has its own contrast, of 3 to 1; a card's letters are drawn.
                view.javaClass.simpleName == "CardFace" -> cardFaults(view, picture)
                else -> emptyList()
            }
        }

    private fun cardFaults(view: View, picture: Bitmap): List<String> {
        val card = within(view)
        fun zone(fromX: Double, toX: Double, fromY: Double, toY: Double) = Rect(
            card.left + (card.width() * fromX).toInt(),
            card.top + (card.height() * fromY).toInt(),
            card.left + (card.width() * toX).toInt(),
            card.top + (card.height() * toY).toInt(),
        )
        val (label, digits, expiry) = listOf(zone(0.06, 0.5, 0.11, 0.21), zone(0.06, 0.4, 0.78, 0.88), zone(0.78, 0.94, 0.78, 0.88))
        return faults("a card's label", picture, label) + faults("its digits", picture, digits) + faults("its expiry", picture, expiry)
    }

    /** What is most is the ground; what differs most from it is the ink. */
    private fun faults(what: String, picture: Bitmap, where: Rect): List<String> {
        val whole = Rect(0, 0, picture.width, picture.height)
        if (!where.intersect(whole) || where.isEmpty) return listOf("$what is not in the picture")
        val points = IntArray(where.width() * where.height())
        picture.getPixels(points, 0, where.width(), where.left, where.top, where.width(), where.height())
        val ground = points.toList().groupingBy { it }.eachCount().maxBy { it.value }.key
        val contrast = points.toSet().maxOf { contrast(it, ground) }
        return if (contrast < LEAST_CONTRAST) listOf("$what has a contrast of %.1f".format(contrast)) else emptyList()
    }

    private fun within(view: View) = Rect().also {
        view.getDrawingRect(it)
        var parent: View? = view
        // Up to the window, as the picture has it.
        while (parent != null) {
            it.offset(parent.left - parent.scrollX, parent.top - parent.scrollY)
            parent = parent.parent as? View
        }
    }

    private fun contrast(one: Int, other: Int): Double {
        val (a, b) = luminance(one) to luminance(other)
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }

    private fun luminance(color: Int): Double = Color.luminance(color).toDouble()

    /** Letters that the font does not have. */
    private fun unknown(view: TextView): List<String> {
        val paint = Paint(view.paint)
        val text = view.text.toString()
        val unknown = text.codePoints().toArray().filterNot { Character.isWhitespace(it) || paint.hasGlyph(String(Character.toChars(it))) }
        return unknown.map { "$text: no glyph of ${Character.getName(it)}" }
    }
}
