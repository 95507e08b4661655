package org.hcepay.demo

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Canvas
import android.view.View
import java.io.File

/** A screen as a person sees it, kept in target/screens. */
object Screenshot {
    private val folder = File(System.getProperty("hcepay.screens")).apply { mkdirs() }

    fun take(activity: Activity, name: String): Bitmap {
        val view = activity.window.decorView
        val bitmap = Bitmap.createBitmap(view.width, view.height, Bitmap.Config.ARGB_8888)
        view.draw(Canvas(bitmap))
        File(folder, "$name.png").outputStream().use { bitmap.compress(Bitmap.CompressFormat.PNG, 100, it) }
        return bitmap
    }

    /** Lays the screen out as high as its page is, so that all of it is seen. */
    fun takeWhole(activity: Activity, name: String): Bitmap {
        val view = activity.window.decorView
        val column = activity.requireViewById<View>(R.id.screen_column)
        val bar = activity.requireViewById<View>(R.id.screen_bar)
        val height = maxOf(view.height, bar.height + column.height)
        view.measure(
            View.MeasureSpec.makeMeasureSpec(view.width, View.MeasureSpec.EXACTLY),
            View.MeasureSpec.makeMeasureSpec(height, View.MeasureSpec.EXACTLY),
        )
        view.layout(0, 0, view.width, height)
        return take(activity, name)
    }
}
