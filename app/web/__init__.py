"""Who is served: `pages` for recipients; beside them one module per concern.

Reaches Courier only through the center. Each concern switches itself on with
`init_app`; `app.factory` lists them in order.
"""
