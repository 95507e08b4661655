package org.hcepay

import org.junit.runners.model.FrameworkMethod
import org.robolectric.RobolectricTestRunner
import org.robolectric.internal.bytecode.InstrumentationConfiguration

/**
 * Keeps the native methods out of the sandbox, so that one class loader loads the library once, and lets the test's clock reach
 * the library.
 */
open class SandboxRunner(testClass: Class<*>) : RobolectricTestRunner(testClass) {
    override fun createClassLoaderConfig(method: FrameworkMethod): InstrumentationConfiguration =
        InstrumentationConfiguration.Builder(super.createClassLoaderConfig(method))
            .doNotAcquirePackage("org.hcepay.internal.")
            .addInstrumentedClass("org.hcepay.Clock")
            .build()
}
