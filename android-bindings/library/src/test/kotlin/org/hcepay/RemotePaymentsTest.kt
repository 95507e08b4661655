package org.hcepay

import android.system.keystore2.ResponseCode
import com.google.zxing.BinaryBitmap
import com.google.zxing.RGBLuminanceSource
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader
import org.hcepay.TestPhone.Companion.idle
import org.hcepay.TestPhone.Companion.onWorker
import org.hcepay.TestPhone.Companion.reason
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.annotation.Config
import java.io.File
import java.security.MessageDigest

/** What is paid without a terminal, an order online or a code on the screen: from the app to the issuer's verdict. */
@RunWith(SandboxRunner::class)
class RemotePaymentsTest {
    @get:Rule
    val phone = TestPhone()

    private lateinit var installed: TestIssuer.Installed

    private val wallet get() = checkNotNull(Wallet.current())

    private val card get() = wallet.cards.single()

    /** With a card that has so many keys in each channel. */
    private fun holder(name: String = "kernel3-cvn18", keys: Int = 3) {
        installed = onWorker { phone.issuer.install(phone.open(), name, keys) }
        for (channel in listOf("online", "qr")) apply("keys ${installed.wallet} ${installed.card} $channel $keys")
    }

    private fun apply(line: String) = onWorker { phone.issuer.ask(line).forEach { wallet.apply(it.hex()) } }

    /** What a shop's server asks. */
    private fun asked(minor: Long = 4_990): OnlineOrder = OnlineOrder.read(phone.issuer.ask("order $minor 978").single().hex())

    private fun verifiedFor(scope: Scope) = phone.arm(wallet, scope = scope)

    private fun payUnverified(order: OnlineOrder): OnlinePayment = onWorker { wallet.payOnline(card, order) }

    private fun pay(order: OnlineOrder): OnlinePayment {
        verifiedFor(Scope.order(card, order))
        return payUnverified(order)
    }

    private fun showUnverified(): ConsumerCode = onWorker { wallet.showCode(card) }

    private fun show(): ConsumerCode {
        verifiedFor(Scope.code(card))
        return showUnverified()
    }

    /** What the shop hears, to whom the app hands the payment. */
    private fun told(order: OnlineOrder, paid: OnlinePayment): String {
        val expires = checkNotNull(paid.expires)
        val month = "%02d%02d".format(expires.year % 100, expires.month)
        val whole = "${order.bytes.hex()} ${paid.token} $month ${paid.signature.hex()} ${paid.chipData.hex()}"
        return phone.issuer.say("paid-online $whole ${paid.accountReference.orEmpty()}")
    }

    /** What keeps the card from it. */
    private fun why(work: () -> Unit): TapReason {
        val refused = assertThrows(NotPaidException::class.java, work)
        assertEquals(Reason.NOT_PAID, refused.reason)
        assertTrue(refused.message, Regex("NOT_PAID: ${refused.why}: [A-Z].*[.?]").matches(refused.message!!))
        assertFalse(refused.message, "reader" in refused.message!!)
        return refused.why
    }

    private fun keys() = listOf(card.applications.single().usesLeft, card.onlineUsesLeft, card.codeUsesLeft)

    // ---- paid

    private fun aShopIsPaid() {
        holder()
        val order = asked()
        assertEquals(listOf(Amount(4_990, 978), "Bücher Löwe", 276, 5942), order.run { listOf(amount, merchantName, country, category) })
        val paid = pay(order)
        assertEquals("ok valid", told(order, paid))
        assertEquals("refused the order was paid before", told(order, paid))
        assertEquals(MessageDigest.getInstance("SHA-256").digest(order.bytes).hex(), paid.orderDigest.hex())
        assertEquals(listOf(3, 2, 3), keys())
        assertNull("used up", wallet.armedUntil)
        val report = paid.report
        assertEquals(listOf(Channel.ONLINE, TapReason.VERIFIED, order.amount), report.run { listOf(channel, reason, amount) })
        assertEquals("Bücher Löwe", report.terminal.merchantName)
        assertEquals(listOf(report.id), wallet.reports.map { it.id })
        assertEquals(listOf(Channel.ONLINE), wallet.journal(0, 9).map { it.report.channel })
        wallet.acknowledge(report.id)
        idle()
        assertEquals(0, wallet.reports.size)
    }

    @Test
    fun anOrderOfAShopIsPaidAndItsIssuerAcceptsItOnce() = aShopIsPaid()

    @Test
    @Config(sdk = [28])
    fun soItIsOnTheOldestAndroidToo() = aShopIsPaid()

    @Test
    fun anOrderThatTheAppItselfMakesIsPaid() {
        holder()
        val nonce = ByteArray(8) { it.toByte() }
        val order = OnlineOrder.of(Amount(1, 978), "shop-1", "Löwe", nonce)
        assertEquals(listOf(null, null), listOf(order.country, order.category))
        assertEquals("ok valid", told(order, pay(order)))
        order.bytes.fill(0)
        assertArrayEquals("nobody changes it", order.bytes, OnlineOrder.read(order.bytes).bytes)
        assertNotEquals(OnlineOrder.of(Amount(1, 978), "shop-1", "Löwe", ByteArray(8)).bytes.hex(), order.bytes.hex())
    }

    @Test
    fun whatAMerchantsCodeAsksIsPaidWithWhatThePayerTypes() {
        holder("kernel3-everyday", keys = 9)
        val (plain, fee) = listOf(PLAIN, FEE).map(MerchantCode::read)
        assertEquals(listOf("ABC Hammers", "Berlin", 978, null), plain.run { listOf(merchantName, merchantCity, currency, amount) })
        assertEquals(listOf(false, null, null), plain.run { listOf(asksForTip, fixedFee, feeHundredthsOfPercent) })
        assertEquals(Amount(150, 978), fee.fixedFee)
        val (tip, percentage) = listOf(TIP, PERCENTAGE).map(MerchantCode::read)
        assertEquals(listOf(true, Amount(1234, 978)), tip.run { listOf(asksForTip, amount) })
        assertEquals(500, percentage.feeHundredthsOfPercent)
        val orders = listOf(
            wallet.orderOf(plain, 1250) to 1250L,
            wallet.orderOf(fee, 1000) to 1150L,
            wallet.orderOf(percentage, 1250) to 1313L,
            wallet.orderOf(tip) to 1234L,
            wallet.orderOf(tip, null, 100) to 1334L,
        )
        for ((order, minor) in orders) {
            assertEquals(listOf(Amount(minor, 978), "ABC Hammers", 5251), order.run { listOf(amount, merchantName, category) })
            assertEquals("ok valid", told(order, pay(order)))
        }
        val again = wallet.orderOf(plain, 1250)
        assertNotEquals("a printed code is paid again by another order", orders.first().first.bytes.hex(), again.bytes.hex())
        for (work in listOf({
            wallet.orderOf(plain)
        }, { wallet.orderOf(tip, 1) }, { wallet.orderOf(plain, 1, 1) }, { wallet.orderOf(plain, 0) })) {
            assertEquals(Reason.QR_INVALID, reason { work() })
        }
        for ((typed, given) in listOf(-1L to 0L, 1L to -1L)) {
            assertThrows(IllegalArgumentException::class.java) { wallet.orderOf(plain, typed, given) }
        }
    }

    /** By a reader of other people's, off a picture. */
    private fun scanned(code: ConsumerCode): String {
        val (module, border) = 4 to 4
        val side = (code.width + 2 * border) * module
        val pixels = IntArray(side * side) { place ->
            val (x, y) = place % side / module - border to place / side / module - border
            val isDark = x in 0 until code.width && y in 0 until code.width && code.isDark(x, y)
            if (isDark) 0x000000 else 0xFFFFFF
        }
        return QRCodeReader().decode(BinaryBitmap(HybridBinarizer(RGBLuminanceSource(side, side, pixels)))).text
    }

    @Test
    fun aCodeThatIsShownIsScannedAndItsIssuerAcceptsItOnceAndForAMinute() {
        holder()
        val shown = show()
        assertEquals(shown.report.atMs + 60_000, shown.untilMs)
        assertEquals(shown.text, scanned(shown))
        assertEquals("ok valid", phone.issuer.say("paid-code ${scanned(shown)} 1250 978"))
        assertEquals("ok atc-replay", phone.issuer.say("paid-code ${shown.text} 1250 978"))
        assertEquals(listOf(3, 3, 2), keys())
        assertEquals(listOf(Channel.QR, null), shown.report.run { listOf(channel, amount) })
        assertEquals(listOf(shown.report.id), wallet.reports.map { it.id })
        val late = show()
        phone.issuer.ask("clock ${late.untilMs + 1_000}")
        assertEquals("ok code-too-old", phone.issuer.say("paid-code ${late.text} 1250 978"))
    }

    @Test
    fun aReportOfAPaymentIsToldByTheServiceOfTheNextProcessUntilItIsAcknowledged() {
        holder()
        val paid = pay(asked())
        assertEquals("the app has it already", emptyList<Long>(), toldByTheService())
        phone.restartProcess()
        assertEquals(listOf(paid.report.id), toldByTheService())
        assertEquals(listOf(Channel.ONLINE), wallet.reports.map { it.channel })
    }

    private fun toldByTheService(): List<Long> {
        val service = Robolectric.buildService(TestPaymentService::class.java).create().get()
        idle()
        return service.reports.map { it.id }
    }

    @Test
    fun whatIsPaidIsPaidAlsoWhereTheMarkCannotBeKept() {
        holder()
        val order = asked()
        verifiedFor(Scope.order(card, order))
        // Where Android's AtomicFile writes first; what is empty it deletes.
        val inTheWay = File(phone.context.noBackupFilesDir, "hcepay/platform/mark.new").apply { resolve("full").mkdirs() }
        val paid = payUnverified(order)
        assertEquals("any other call says so", Reason.STORAGE_FAILED, reason { wallet.setDefault(card) })
        inTheWay.deleteRecursively()
        assertEquals("ok valid", told(order, paid))
        phone.restartProcess()
        onWorker(phone::open)
        assertEquals(listOf(false, 2), listOf(wallet.isRolledBack, card.onlineUsesLeft))
    }

    // ---- refused

    @Test
    fun onlyAHolderWhoHasVerifiedForExactlyThisOrderPaysIt() {
        holder()
        val (order, another) = asked() to asked()
        val payIt = { why { payUnverified(order) } }
        assertEquals(TapReason.NOT_VERIFIED, payIt())
        val others =
            listOf(Scope.ANY_CARD, Scope.card(card), Scope.payment(card, order.amount), Scope.code(card), Scope.order(card, another))
        for (scope in others) {
            verifiedFor(scope)
            assertEquals("$scope", TapReason.ARMED_FOR_ANOTHER_PAYMENT, payIt())
        }
        verifiedFor(Scope.order(card, order))
        phone.pass(30_000)
        assertEquals(TapReason.WINDOW_OVER, payIt())
        verifiedFor(Scope.order(card, order))
        TestPhone.darken(wallet)
        assertEquals(TapReason.NOT_VERIFIED, payIt())
        assertEquals(listOf(3, 3, 3), keys())
        assertEquals(0, wallet.journal(0, 9).size)
        pay(order)
        assertEquals("once", TapReason.NOT_VERIFIED, payIt())
    }

    @Test
    fun aVerificationForAnOrderOrACodePaysNoReader() {
        holder()
        for (scope in listOf(Scope.order(card, asked()), Scope.code(card))) {
            verifiedFor(scope)
            phone.issuer.purchase(wallet::process)
            assertEquals(TapReason.ARMED_FOR_ANOTHER_PAYMENT, wallet.deactivated().reason)
        }
        assertEquals(listOf(3, 3, 3), keys())
    }

    @Test
    fun aCodeWantsAVerificationOfItsOwnEachTime() {
        holder()
        val showIt = { why { showUnverified() } }
        assertEquals(TapReason.NOT_VERIFIED, showIt())
        for (scope in listOf(Scope.ANY_CARD, Scope.card(card), Scope.order(card, asked()))) {
            verifiedFor(scope)
            assertEquals("$scope", TapReason.ARMED_FOR_ANOTHER_PAYMENT, showIt())
        }
        show()
        assertEquals(TapReason.NOT_VERIFIED, showIt())
        assertEquals(listOf(3, 3, 2), keys())
    }

    @Test
    fun aCardThatMayNotPayPaysNoOrderAndShowsNoCode() {
        holder()
        fun tries(reason: TapReason) {
            assertEquals(reason, why { pay(asked()) })
            assertEquals(reason, why { show() })
            assertEquals(listOf(3, 3, 3), keys())
        }
        onWorker { wallet.freeze(card) }
        tries(TapReason.FROZEN)
        verifiedFor(Scope.card(card))
        onWorker { wallet.unfreeze(card) }
        apply("suspend ${installed.wallet} ${installed.card}")
        tries(TapReason.CARD_NOT_ACTIVE)
    }

    @Test
    fun aLimitOfTheHoldersCountsOnline() {
        holder("kernel3-everyday")
        for (limits in listOf(
            TemporaryUse(null, null, listOf(MostPaid(978, 4_989, 10_000))),
            TemporaryUse(null, 3, channels = setOf(Channel.TAP)),
            TemporaryUse(null, 3, merchantCategories = listOf(5411)),
        )) {
            verifiedFor(Scope.card(card))
            onWorker { wallet.limitUse(card, limits) }
            assertEquals(TapReason.OVER_HOLDER_LIMIT, why { pay(asked()) })
            assertEquals(TapReason.OVER_HOLDER_LIMIT, why { show() })
        }
    }

    @Test
    fun aCardWithoutKeysOfTheChannelOrNoCardAtAllPaysNothing() {
        holder(keys = 1)
        pay(asked())
        show()
        assertEquals(TapReason.NO_KEY_LEFT, why { pay(asked()) })
        assertEquals(TapReason.NO_KEY_LEFT, why { show() })
        assertEquals("no key of a tap stands in", listOf(1, 0, 0), keys())
        val (gone, order) = card to asked()
        onWorker { wallet.delete(gone) }
        assertEquals(Reason.UNKNOWN_CARD, reason { wallet.payOnline(gone, order) })
        assertEquals(Reason.UNKNOWN_CARD, reason { wallet.showCode(gone) })
        for (scope in listOf(Scope.code(gone), Scope.order(gone, order))) {
            assertEquals(Reason.UNKNOWN_CARD, reason { wallet.arm(phone.proof(wallet), scope = scope) })
        }
    }

    @Test
    fun whereThePhonesKeyStoreFailsNothingIsSpentAndTheVerificationStaysGood() {
        holder()
        val order = asked()
        verifiedFor(Scope.order(card, order))
        phone.keyStore.failure = ResponseCode.SYSTEM_ERROR
        assertEquals(Reason.KEYSTORE_FAILED, reason { wallet.payOnline(card, order) })
        phone.keyStore.failure = null
        assertEquals(listOf(3, 3, 3), keys())
        assertEquals("ok valid", told(order, payUnverified(order)))
    }

    // ---- bad input

    private fun refused(reason: Reason, work: () -> Unit): String {
        val refused = assertThrows(WalletException::class.java, work)
        assertEquals(reason, refused.reason)
        return checkNotNull(refused.message).removePrefix("$reason: ")
    }

    @Test
    fun whatIsNoOrderIsRefusedWithASentence() {
        val read = { bytes: ByteArray -> refused(Reason.ORDER_INVALID) { OnlineOrder.read(bytes) } }
        for (bytes in listOf(ByteArray(0), ByteArray(65_536), ByteArray(1 shl 20), "hcepay order 2".toByteArray(), asked().bytes + 0)) {
            assertEquals("the order is cut off, too long, or of another format", read(bytes))
        }
        fun of(
            minor: Long = 1,
            currency: Int = 978,
            id: String = "shop",
            name: String = "Shop",
            nonce: Int = 8,
            country: Int? = 276,
            category: Int? = 5942,
        ) = refused(Reason.ORDER_INVALID) { OnlineOrder.of(Amount(minor, currency), id, name, ByteArray(nonce), country, category) }
        assertEquals("the order's amount is 0", of(minor = 0))
        for (minor in listOf(-1, 1_000_000_000_000, Long.MAX_VALUE)) assertEquals("the order's amount has more than 12 digits", of(minor))
        for (currency in listOf(0, -1, 998, 65_536 + 978)) assertTrue(of(currency = currency), "currency" in of(currency = currency))
        for (country in listOf(0, -1, 1_000, 65_536 + 276)) assertTrue("country" in of(country = country))
        for (category in listOf(0, -1, 10_000, 65_536 + 5942)) assertTrue("category" in of(category = category))
        for (id in listOf("", " ", "Löwe", "x".repeat(65), "x".repeat(65_536 + 4))) assertTrue("id" in of(id = id))
        for (name in listOf("", "x".repeat(65), "x".repeat(65_536), "ö".repeat(40_000))) assertTrue("blank, or longer" in of(name = name))
        assertEquals("the merchant's name has characters that are not seen", of(name = "Shop\u202E"))
        for (nonce in listOf(0, 7, 33, 70_000)) assertTrue("nonce" in of(nonce = nonce))
    }

    @Test
    fun whatIsNoMerchantsCodeIsRefusedWithASentence() {
        val read = { text: String -> refused(Reason.QR_INVALID) { MerchantCode.read(text) } }
        assertEquals("the code is longer than a QR code can be", read("0".repeat(65_536)))
        assertEquals("the code is longer than a QR code can be", read("0".repeat(1 shl 20)))
        for (text in listOf("", "https://example.org", "\uD800")) assertEquals("this is not a merchant's payment code", read(text))
        assertTrue("checksum is wrong" in read(PLAIN.replace("Berlin", "Merlin")))
        assertTrue("checksum is wrong" in read(PLAIN.dropLast(4) + "0000"))
        assertTrue("checksum" in read(PLAIN.dropLast(5)))
        assertTrue("checksum" in read(PLAIN.lowercase()))
        assertTrue(read(ZERO), "is zero" in read(ZERO))
        assertTrue(read(HIDDEN), "characters" in read(HIDDEN))
    }

    @Test
    fun nothingOfAPaymentIsInWhatIsPrinted() {
        holder()
        val order = asked()
        val (paid, shown) = pay(order) to show()
        val printed = listOf(order, MerchantCode.read(PLAIN), Scope.order(card, order), Scope.code(card), paid, shown).joinToString()
        val reports = listOf(paid, shown).map { it.toString() }
        val expected = "OnlineOrder, MerchantCode, Scope(card 1, one order), Scope(card 1, one code), ${reports.joinToString()}"
        assertEquals(expected, printed)
        for (report in reports) {
            assertTrue(
                report,
                Regex("[A-Za-z]+\\(TapReport\\(\\d+, AUTHORISATION_REQUESTED, VERIFIED\\)\\)").matches(report),
            )
        }
        assertEquals(Scope.order(card, order), Scope.order(card, OnlineOrder.read(order.bytes)))
        assertNotEquals(Scope.order(card, order), Scope.order(card, asked()))
        assertNotEquals(Scope.card(card), Scope.code(card))
    }

    internal companion object {
        /** Of a shop in Berlin, in euros. Their checksums were computed by a few lines of Python. */
        const val PLAIN = "000201010211021640001234567890125204525153039785802DE5911ABC Hammers6006Berlin63044648"
        const val FEE = "0002010102110216400012345678901252045251530397855020256041.505802DE5911ABC Hammers6006Berlin6304A32A"
        const val TIP = "00020101021102164000123456789012520452515303978540512.345502015802DE5911ABC Hammers6006Berlin6304C0C4"
        const val PERCENTAGE = "00020101021102164000123456789012520452515303978550203570155802DE5911ABC Hammers6006Berlin6304FFC5"
        const val ZERO = "00020101021102164000123456789012520452515303978540105802DE5911ABC Hammers6006Berlin6304BA5F"
        const val HIDDEN = "000201010211021640001234567890125204525153039785802DE5907ABC\u202EHam6006Berlin63045F73"
    }
}
