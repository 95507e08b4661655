package org.hcepay.demo

import android.app.Application
import android.content.Context

/** The app's process, whoever starts it: its user, or a terminal. */
class DemoApp : Application() {
    internal val demo: Demo by lazy { Demo(this) }

    override fun onCreate() {
        super.onCreate()
        demo.start()
    }
}

internal val Context.demo: Demo get() = (applicationContext as DemoApp).demo
