package org.hcepay.internal

import java.io.File
import kotlin.reflect.KClass

/** Another JVM like this one, for the main method of this object; it hears of the library, the issuer and the transcripts. */
fun childJvm(
    main: KClass<*>,
    arguments: List<String>,
    vararg options: String,
    classPath: String = System.getProperty("java.class.path"),
): ProcessBuilder {
    val java = File(System.getProperty("java.home"), "bin/java").path
    val properties = listOf("java.library.path", "hcepay.issuer", "hcepay.taps").map { "-D$it=${System.getProperty(it)}" }
    return ProcessBuilder(listOf(java, "-cp", classPath) + properties + options + main.java.name + arguments)
}
