from django.urls import path

from billing import views, webhook

urlpatterns = [
    path("pricing/", views.pricing, name="pricing"),
    path("buy/", views.buy, name="buy"),
    path("credits/", views.credits, name="credits"),
    path("purchases/<uuid:id>/", views.receipt, name="purchase"),
    path("purchases/<uuid:id>/pay", views.pay, name="purchase-pay"),
    path("purchases/<uuid:id>/return", views.returned, name="purchase-return"),
    path("purchases/<uuid:id>/refund", views.ask_refund, name="purchase-refund"),
    path("stripe/webhook/", webhook.webhook, name="stripe-webhook"),
]
