package org.hcepay.demo

import android.os.Handler
import android.os.Looper
import java.util.concurrent.FutureTask

/** Does it on the main thread, whether that is the test's own or not. Robolectric's way to do so is not for two threads at once. */
fun <T> onMain(does: () -> T): T {
    if (Looper.getMainLooper().isCurrentThread) return does()
    val task = FutureTask(does)
    Handler(Looper.getMainLooper()).post(task)
    return task.get()
}
