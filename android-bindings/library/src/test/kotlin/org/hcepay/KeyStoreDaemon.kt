package org.hcepay

import android.hardware.security.keymint.KeyParameter
import android.hardware.security.keymint.KeyParameterValue
import android.hardware.security.keymint.Tag
import android.os.DeadObjectException
import android.os.ServiceSpecificException
import android.system.keystore2.AuthenticatorSpec
import android.system.keystore2.Authorization
import android.system.keystore2.CreateOperationResponse
import android.system.keystore2.Domain
import android.system.keystore2.IKeystoreOperation
import android.system.keystore2.IKeystoreSecurityLevel
import android.system.keystore2.IKeystoreService
import android.system.keystore2.KeyDescriptor
import android.system.keystore2.KeyEntryResponse
import android.system.keystore2.KeyMetadata
import android.system.keystore2.KeyParameters
import android.system.keystore2.OperationChallenge
import android.system.keystore2.ResponseCode

/** The key store's daemon as Android 12 and later speak to it. */
class KeyStoreDaemon(private val mint: KeyMint) : IKeystoreService.Stub() {
    private val level = Level()

    override fun getSecurityLevel(securityLevel: Int): IKeystoreSecurityLevel = level

    override fun getKeyEntry(key: KeyDescriptor): KeyEntryResponse = answer {
        val found = mint.find(key.alias)
        mint.call(KeyStoreCall.GET, key.alias)
        KeyEntryResponse().apply {
            iSecurityLevel = level
            metadata = metadata(found)
        }
    }

    override fun deleteKey(key: KeyDescriptor) = answer {
        mint.call(KeyStoreCall.DELETE, key.alias)
        mint.keys.remove(key.alias) ?: throw Refused(ResponseCode.KEY_NOT_FOUND)
        Unit
    }

    override fun listEntries(domain: Int, nspace: Long): Array<KeyDescriptor> = listEntriesBatched(domain, nspace, null)

    override fun listEntriesBatched(domain: Int, nspace: Long, after: String?): Array<KeyDescriptor> = answer {
        val next = mint.keys.keys.sorted().filter { after == null || it > after }
        Array(next.size) { place -> KeyDescriptor().apply { alias = next[place] } }
    }

    override fun getNumberOfEntries(domain: Int, nspace: Long): Int = mint.keys.size

    override fun updateSubcomponent(key: KeyDescriptor, certificate: ByteArray?, chain: ByteArray?) = Unit

    override fun grant(key: KeyDescriptor, uid: Int, access: Int): KeyDescriptor = throw UnsupportedOperationException()

    override fun ungrant(key: KeyDescriptor, uid: Int) = throw UnsupportedOperationException()

    override fun getInterfaceVersion(): Int = VERSION

    override fun getInterfaceHash(): String = HASH

    private inner class Level : IKeystoreSecurityLevel.Stub() {
        override fun createOperation(key: KeyDescriptor, parameters: Array<KeyParameter>, forced: Boolean) = answer {
            val found = if (key.domain == Domain.KEY_ID) mint.find(key.nspace) else mint.find(key.alias)
            val begun = mint.begin(found, parameters.map(::parameter))
            CreateOperationResponse().apply {
                iOperation = Running(begun)
                operationChallenge = begun.challenge?.let { drawn -> OperationChallenge().apply { challenge = drawn } }
                this.parameters = begun.nonce?.let { nonce ->
                    KeyParameters().apply { keyParameter = arrayOf(parameterOf(Tag.NONCE, KeyParameterValue.blob(nonce))) }
                }
            }
        }

        override fun generateKey(
            key: KeyDescriptor,
            attestationKey: KeyDescriptor?,
            parameters: Array<KeyParameter>,
            flags: Int,
            entropy: ByteArray?,
        ): KeyMetadata = answer { metadata(mint.generate(key.alias, parameters.map(::parameter))) }

        override fun importKey(k: KeyDescriptor?, a: KeyDescriptor?, p: Array<KeyParameter>?, f: Int, d: ByteArray?): KeyMetadata =
            throw UnsupportedOperationException()

        override fun importWrappedKey(
            k: KeyDescriptor?,
            w: KeyDescriptor?,
            m: ByteArray?,
            p: Array<KeyParameter>?,
            a: Array<AuthenticatorSpec>?,
        ): KeyMetadata = throw UnsupportedOperationException()

        override fun convertStorageKeyToEphemeral(key: KeyDescriptor?) = throw UnsupportedOperationException()

        override fun deleteKey(key: KeyDescriptor) = this@KeyStoreDaemon.deleteKey(key)

        override fun getInterfaceVersion(): Int = VERSION

        override fun getInterfaceHash(): String = HASH
    }

    private inner class Running(private val begun: KeyMint.Operation) : IKeystoreOperation.Stub() {
        override fun updateAad(aad: ByteArray?) = throw UnsupportedOperationException()

        override fun update(input: ByteArray?): ByteArray? = answer {
            begun.update(input)
            null
        }

        override fun finish(input: ByteArray?, signature: ByteArray?): ByteArray? = answer {
            begun.update(input)
            begun.finish()
        }

        override fun abort() = Unit

        override fun getInterfaceVersion(): Int = VERSION

        override fun getInterfaceHash(): String = HASH
    }

    private fun metadata(found: MintedKey) = KeyMetadata().apply {
        key = KeyDescriptor().apply {
            domain = Domain.KEY_ID
            nspace = found.id
        }
        keySecurityLevel = TRUSTED_ENVIRONMENT
        authorizations = found.parameters.mapNotNull(::parcelled).map { parameter ->
            Authorization().apply {
                securityLevel = TRUSTED_ENVIRONMENT
                keyParameter = parameter
            }
        }.toTypedArray()
        certificate = found.certificates.firstOrNull()
        certificateChain = found.certificates.drop(1).reduceOrNull(ByteArray::plus)
    }

    private fun <T> answer(work: () -> T): T = try {
        work()
    } catch (refused: Refused) {
        throw if (refused.code == GONE) DeadObjectException() else ServiceSpecificException(refused.code)
    }

    /** Android's own parcels, read by the type that the tag names, and made again. */
    private fun parameter(given: KeyParameter): Parameter = Parameter(
        given.tag,
        when (given.value.tag) {
            KeyParameterValue.boolValue -> true
            KeyParameterValue.blob -> given.value.blob
            KeyParameterValue.longInteger -> given.value.longInteger
            KeyParameterValue.dateTime -> given.value.dateTime
            KeyParameterValue.integer -> given.value.integer
            KeyParameterValue.algorithm -> given.value.algorithm
            KeyParameterValue.blockMode -> given.value.blockMode
            KeyParameterValue.paddingMode -> given.value.paddingMode
            KeyParameterValue.digest -> given.value.digest
            KeyParameterValue.ecCurve -> given.value.ecCurve
            KeyParameterValue.keyPurpose -> given.value.keyPurpose
            KeyParameterValue.hardwareAuthenticatorType -> given.value.hardwareAuthenticatorType
            else -> error("tag ${given.tag}")
        },
    )

    private fun parcelled(known: Parameter): KeyParameter? {
        val value = known.value
        return when (known.tag) {
            Tag.ALGORITHM -> KeyParameterValue.algorithm(value as Int)
            Tag.PURPOSE -> KeyParameterValue.keyPurpose(value as Int)
            Tag.BLOCK_MODE -> KeyParameterValue.blockMode(value as Int)
            Tag.PADDING -> KeyParameterValue.paddingMode(value as Int)
            Tag.DIGEST, Tag.RSA_OAEP_MGF_DIGEST -> KeyParameterValue.digest(value as Int)
            Tag.EC_CURVE -> KeyParameterValue.ecCurve(value as Int)
            Tag.USER_AUTH_TYPE -> KeyParameterValue.hardwareAuthenticatorType(value as Int)
            Tag.KEY_SIZE, Tag.AUTH_TIMEOUT -> KeyParameterValue.integer(value as Int)
            Tag.USER_SECURE_ID -> KeyParameterValue.longInteger(value as Long)
            Tag.NO_AUTH_REQUIRED, Tag.UNLOCKED_DEVICE_REQUIRED -> KeyParameterValue.boolValue(true)
            else -> null
        }?.let { parameterOf(known.tag, it) }
    }

    private fun parameterOf(tag: Int, value: KeyParameterValue) = KeyParameter().also {
        it.tag = tag
        it.value = value
    }

    companion object {
        /** The daemon's process ends in this call. */
        const val GONE = Int.MIN_VALUE
        private const val TRUSTED_ENVIRONMENT = 1
    }
}
