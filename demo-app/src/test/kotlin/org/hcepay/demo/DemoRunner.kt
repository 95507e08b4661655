package org.hcepay.demo

import org.hcepay.SandboxRunner
import org.junit.runners.model.FrameworkMethod
import org.robolectric.internal.bytecode.InstrumentationConfiguration

/** Keeps also the natives of the desk out of the sandbox. */
open class DemoRunner(testClass: Class<*>) : SandboxRunner(testClass) {
    override fun createClassLoaderConfig(method: FrameworkMethod): InstrumentationConfiguration =
        InstrumentationConfiguration.Builder(super.createClassLoaderConfig(method))
            .doNotAcquireClass("org.hcepay.demo.desk.DeskNative")
            .addInstrumentedClass("org.hcepay.demo.WallClock")
            .build()
}
