package org.hcepay

import org.robolectric.annotation.Config

/** All the findings again, asked by Android 16's own classes. */
@Config(sdk = [36])
class RoutingApi36Test : RoutingTest()
