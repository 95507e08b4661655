package org.hcepay

/** Calls what Android has since this API level only: to be called behind a look at `SDK_INT`. The build refuses such calls elsewhere. */
@Retention(AnnotationRetention.BINARY)
@Target(AnnotationTarget.FUNCTION)
internal annotation class SinceApi(val level: Int)
