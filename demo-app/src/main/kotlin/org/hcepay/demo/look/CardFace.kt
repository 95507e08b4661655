package org.hcepay.demo.look

import android.content.Context
import android.graphics.Canvas
import android.graphics.LinearGradient
import android.graphics.Paint
import android.graphics.Path
import android.graphics.Shader
import android.graphics.Typeface
import android.view.View
import org.hcepay.Card
import org.hcepay.demo.R

/** A card as one would hold it in the hand, of the size of ISO/IEC 7810 ID-1. What it shows it also tells who cannot see it. */
internal class CardFace(context: Context, private val card: Card) : View(context) {
    private val density = resources.displayMetrics.density
    private val paint = Paint(Paint.ANTI_ALIAS_FLAG)
    private val ground = Paint(Paint.ANTI_ALIAS_FLAG)
    private val shape = Path()
    private val label: String = card.applications.first().label
    private val state: String? = if (Words.mayPay(card)) null else context.getString(Words.state(card))

    init {
        contentDescription = listOfNotNull(
            label,
            context.getString(R.string.ends_with, card.lastFour.toList().joinToString(" ")),
            expiry()?.let { context.getString(R.string.expires, it) },
            state,
        ).joinToString()
        importantForAccessibility = IMPORTANT_FOR_ACCESSIBILITY_YES
    }

    private fun expiry(): String? = card.expires?.let { "%02d/%02d".format(it.month, it.year % 100) }

    override fun onMeasure(widthSpec: Int, heightSpec: Int) {
        val width = MeasureSpec.getSize(widthSpec)
        setMeasuredDimension(width, (width / RATIO).toInt())
    }

    override fun onSizeChanged(width: Int, height: Int, oldWidth: Int, oldHeight: Int) {
        val (from, to) = GROUNDS[card.id.mod(GROUNDS.size)]
        ground.shader = LinearGradient(0f, 0f, width.toFloat(), height.toFloat(), from, to, Shader.TileMode.CLAMP)
    }

    override fun onDraw(canvas: Canvas) {
        val (w, h) = width.toFloat() to height.toFloat()
        shape.rewind()
        shape.addRoundRect(0f, 0f, w, h, 16 * density, 16 * density, Path.Direction.CW)
        canvas.drawPath(shape, ground)
        canvas.save()
        canvas.clipPath(shape)
        rings(canvas, w, h)
        canvas.restore()
        val edge = w * 0.065f
        text(canvas, label, edge, h * 0.19f, w * 0.058f, Typeface.create("sans-serif-medium", Typeface.NORMAL))
        state?.let { chip(canvas, it, w, edge, h) }
        val digits = Typeface.MONOSPACE
        text(canvas, "•••• ${card.lastFour}", edge, h * 0.86f, w * 0.066f, digits)
        expiry()?.let {
            paint.textAlign = Paint.Align.RIGHT
            text(canvas, it, w - edge, h * 0.86f, w * 0.052f, digits)
            paint.textAlign = Paint.Align.LEFT
        }
    }

    private fun text(canvas: Canvas, text: String, x: Float, baseline: Float, size: Float, typeface: Typeface) {
        paint.style = Paint.Style.FILL
        paint.color = INK
        paint.textSize = size
        paint.typeface = typeface
        canvas.drawText(text, x, baseline, paint)
    }

    /** The waves of a card that is read without touch, and no scheme's mark. */
    private fun rings(canvas: Canvas, w: Float, h: Float) {
        paint.style = Paint.Style.STROKE
        paint.strokeWidth = w * 0.012f
        for (ring in 1..5) {
            paint.color = INK
            paint.alpha = 60 - ring * 9
            canvas.drawCircle(w * 0.84f, h * 0.46f, w * 0.075f * ring, paint)
        }
        paint.alpha = 255
    }

    private fun chip(canvas: Canvas, words: String, w: Float, edge: Float, h: Float) {
        paint.style = Paint.Style.FILL
        paint.textSize = w * 0.046f
        paint.typeface = Typeface.create("sans-serif-medium", Typeface.NORMAL)
        val (wide, inner) = paint.measureText(words) to w * 0.03f
        paint.color = INK
        canvas.drawRoundRect(edge, h * 0.36f, edge + wide + 2 * inner, h * 0.49f, h * 0.065f, h * 0.065f, paint)
        paint.color = GROUNDS[card.id.mod(GROUNDS.size)].first
        canvas.drawText(words, edge + inner, h * 0.45f, paint)
    }

    private companion object {
        const val RATIO = 1.586f
        const val INK = 0xFFFFFFFF.toInt()

        /** White letters are read on each of them. */
        val GROUNDS = listOf(
            0xFF0B5F4E.toInt() to 0xFF06352F.toInt(),
            0xFF234A8B.toInt() to 0xFF131F45.toInt(),
            0xFF6A2C70.toInt() to 0xFF33123B.toInt(),
            0xFF8A3B12.toInt() to 0xFF4A1C0A.toInt(),
            0xFF3E4A56.toInt() to 0xFF1C232A.toInt(),
        )
    }
}
