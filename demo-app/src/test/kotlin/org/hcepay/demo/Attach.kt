package org.hcepay.demo

import android.app.ActivityThread
import android.app.IInstrumentationWatcher
import android.app.IUiAutomationConnection
import android.app.Instrumentation
import android.content.ComponentName
import android.content.Context
import org.robolectric.RuntimeEnvironment
import org.robolectric.util.ReflectionHelpers
import org.robolectric.util.ReflectionHelpers.ClassParameter.from

/** Tells an instrumentation, as Android does, in which process it is, and who hears what it says. */
fun <T : Instrumentation> T.attach(watcher: IInstrumentationWatcher? = null): T = onMain {
    val app = RuntimeEnvironment.getApplication()
    ReflectionHelpers.callInstanceMethod<Unit>(
        Instrumentation::class.java,
        this,
        "init",
        from(ActivityThread::class.java, RuntimeEnvironment.getActivityThread()),
        from(Context::class.java, app),
        from(Context::class.java, app),
        from(ComponentName::class.java, ComponentName(app, javaClass)),
        from(IInstrumentationWatcher::class.java, watcher),
        from(IUiAutomationConnection::class.java, null),
    )
    this
}
