package org.hcepay.demo.look

import android.content.Context
import android.graphics.Canvas
import android.graphics.Paint
import android.os.SystemClock
import android.view.View
import org.hcepay.demo.R

/** The seconds that are left to hold the phone to the reader. It draws itself anew until there are none. */
internal class Ring(context: Context, private val until: Long, private val windowMs: Long) : View(context) {
    private val paint = Paint(Paint.ANTI_ALIAS_FLAG)
    private val accent = context.getColor(R.color.accent)
    private val track = context.getColor(R.color.line)
    private val ink = context.getColor(R.color.text)

    private fun leftMs(): Long = (until - SystemClock.elapsedRealtime()).coerceAtLeast(0)

    private fun seconds(): Int = ((leftMs() + 999) / 1_000).toInt()

    init {
        contentDescription = resources.getQuantityString(R.plurals.seconds_left, seconds(), seconds())
    }

    override fun onMeasure(widthSpec: Int, heightSpec: Int) {
        val size = (160 * resources.displayMetrics.density).toInt()
        setMeasuredDimension(MeasureSpec.getSize(widthSpec), size)
    }

    override fun onDraw(canvas: Canvas) {
        val (x, y) = width / 2f to height / 2f
        val radius = height * 0.42f
        paint.style = Paint.Style.STROKE
        paint.strokeWidth = height * 0.06f
        paint.color = track
        canvas.drawCircle(x, y, radius, paint)
        paint.color = accent
        paint.strokeCap = Paint.Cap.ROUND
        canvas.drawArc(x - radius, y - radius, x + radius, y + radius, -90f, 360f * leftMs() / windowMs, false, paint)
        paint.style = Paint.Style.FILL
        paint.color = ink
        paint.textSize = height * 0.28f
        paint.textAlign = Paint.Align.CENTER
        canvas.drawText("${seconds()} s", x, y - (paint.ascent() + paint.descent()) / 2, paint)
        if (leftMs() > 0) postInvalidateDelayed(REDRAW_MS)
    }

    private companion object {
        const val REDRAW_MS = 100L
    }
}
