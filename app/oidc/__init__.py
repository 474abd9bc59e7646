"""Our side of OpenID Connect: staff sign in at a provider, which says who they are.

The code flow with PKCE, state and nonce. Nothing that comes by way of a browser is
believed; of what the provider says itself, only what it signed for us, and for now.
"""
