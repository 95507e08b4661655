// For Android Studio, or Gradle 9.4.1 and an Android SDK. Not run in this repository's checks: scripts/build-demo-apk builds the same
// sources by pom.xml, and tests run there alone. The libraries come from scripts/build-android --ndk DIR, once with --desk and once
// without. The library is built along; with -Phcepay.aar=FILE it is that AAR.
import org.jetbrains.kotlin.gradle.dsl.JvmTarget
import org.jetbrains.kotlin.gradle.dsl.KotlinVersion

plugins {
    // Brings Kotlin along.
    id("com.android.application") version "9.2.1"
    // The library's project asks for it, and Gradle then knows which one is here.
    id("com.android.library") version "9.2.1" apply false
}

android {
    namespace = "org.hcepay.demo"
    compileSdk = 36

    defaultConfig {
        applicationId = "org.hcepay.demo"
        minSdk = 28
        targetSdk = 36
        versionCode = 1
        versionName = "0.1.0"
    }

    // `own`: our own AID alone. `payment`: src/payment gives it a payment group, too.
    flavorDimensions += "aids"
    productFlavors {
        create("own") { dimension = "aids" }
        create("payment") { dimension = "aids" }
    }

    // As the manifest has it, and scripts/build-demo-apk says why.
    packaging { jniLibs.useLegacyPackaging = true }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }

    sourceSets {
        named("main") { jniLibs.directories.add("../target/android/release/desk") }
        // There is nothing: Maven runs the tests.
        named("test") { setRoot("src/none") }
    }
}

kotlin {
    compilerOptions {
        jvmTarget = JvmTarget.JVM_1_8
        languageVersion = KotlinVersion.KOTLIN_2_2
        apiVersion = KotlinVersion.KOTLIN_2_2
    }
}

// Otherwise a demo without its issuer would be packed without a word.
tasks.named("preBuild") {
    val desk = file("../target/android/release/desk")
    doFirst { check(desk.isDirectory) { "$desk is missing: scripts/build-android --ndk DIR --desk makes it" } }
}

dependencies {
    val aar = providers.gradleProperty("hcepay.aar").orNull
    implementation(if (aar == null) project(":hcepay") else files(aar))
    // An AAR that comes as a file brings nothing along.
    implementation("org.jetbrains.kotlin:kotlin-stdlib:2.2.21")
}
