package org.hcepay.demo

import org.junit.runners.model.FrameworkMethod

/** The test class is one of [Journeys], and each of those a test. */
class JourneyRunner(testClass: Class<*>) : DemoRunner(testClass) {
    override fun computeTestMethods(): List<FrameworkMethod> = Journeys.all().map(::FrameworkMethod)

    override fun getHelperTestRunner(bootstrappedTestClass: Class<*>): org.robolectric.internal.SandboxTestRunner.HelperTestRunner =
        object : HelperTestRunner(bootstrappedTestClass) {
            override fun computeTestMethods(): List<FrameworkMethod> = this@JourneyRunner.computeTestMethods()
        }
}
