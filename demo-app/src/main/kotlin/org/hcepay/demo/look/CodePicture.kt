package org.hcepay.demo.look

import android.content.Context
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.view.View
import org.hcepay.ConsumerCode
import org.hcepay.demo.R

/** A QR code, dark on light by night, too: scanners want it so. */
internal class CodePicture(context: Context, private val code: ConsumerCode) : View(context) {
    private val paint = Paint()

    /** How many modules a row has, with what is light on both sides of it. */
    private val modules = code.width + 2 * BORDER

    init {
        contentDescription = context.getText(R.string.code_picture)
    }

    override fun onMeasure(widthSpec: Int, heightSpec: Int) {
        val wide = MeasureSpec.getSize(widthSpec)
        val most = minOf(wide, (MOST_DP * resources.displayMetrics.density).toInt())
        // Whole points for each module, so that all are sharp.
        setMeasuredDimension(wide, most / modules * modules)
    }

    override fun onDraw(canvas: Canvas) {
        val module = height / modules
        val left = (width - height) / 2
        paint.color = Color.WHITE
        canvas.drawRect(left.toFloat(), 0f, (left + height).toFloat(), height.toFloat(), paint)
        paint.color = Color.BLACK
        for (place in 0 until code.width * code.width) {
            val (x, y) = place % code.width to place / code.width
            if (!code.isDark(x, y)) continue
            val (across, down) = left + (x + BORDER) * module to (y + BORDER) * module
            canvas.drawRect(across.toFloat(), down.toFloat(), (across + module).toFloat(), (down + module).toFloat(), paint)
        }
    }

    private companion object {
        /** Of light modules, without which it is not read. */
        const val BORDER = 4
        const val MOST_DP = 320
    }
}
