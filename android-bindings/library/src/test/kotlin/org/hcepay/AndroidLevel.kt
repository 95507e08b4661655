package org.hcepay

import android.os.Build
import org.robolectric.util.ReflectionHelpers

/** Does it as if the phone's Android were of this API level. The classes of Android stay those of the test. */
internal fun onAndroid(level: Int, work: () -> Unit) {
    val own = Build.VERSION.SDK_INT
    ReflectionHelpers.setStaticField(Build.VERSION::class.java, "SDK_INT", level)
    try {
        work()
    } finally {
        ReflectionHelpers.setStaticField(Build.VERSION::class.java, "SDK_INT", own)
    }
}
